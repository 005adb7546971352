{{ config(
    incremental_strategy='replace',
    pre_hook=["{{ night_settings() }}", "{{ join_by_hash() }}"],
    post_hook=['analyze {{ this }}', "{{ add_months_of_batch() }}"],
) }}

{%- set stored = stored_relation('aliasing', 'identity_calls') -%}
{% if stored and not flags.FULL_REFRESH and build_step() == 'none' %}
{{ arrived_rows(
    ref('stg_segment__identity_calls'), ['identifies', 'aliases'], stored, identity_call_columns()
) }}
{% else %}
-- depends_on: {{ ref('stg_segment__identity_calls') }}
{{ arrived_nothing(identity_call_columns()) }}
{% endif %}
