{{ config(
    incremental_strategy='replace',
    on_schema_change='append_new_columns',
    pre_hook=["{{ night_settings() }}", "{{ join_by_hash() }}"],
    post_hook=[
        'analyze {{ this }} (row_kind, verdict, id, "timestamp", anonymous_id, user_id)',
        "{{ add_months_of_batch() }}",
    ],
) }}

{%- set stored = stored_relation('partitioning', 'app_tracks') -%}
{% if stored and not flags.FULL_REFRESH and build_step() == 'none' %}
{{ arrived_rows(
    ref('stg_segment__events'), ['tracks', 'pages', 'screens'], stored, event_columns(), var('extra_columns')
) }}
{% else %}
-- depends_on: {{ ref('stg_segment__events') }}
{{ arrived_nothing(event_columns(), extra_column_types(segment_tables(['tracks', 'pages', 'screens']), carried_types())) }}
{% endif %}
