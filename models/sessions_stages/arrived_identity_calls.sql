{{ config(incremental_strategy='replace', pre_hook=["{{ night_settings() }}", "{{ join_by_hash() }}"], post_hook='analyze {{ this }}') }}

{%- set stored = stored_relation('aliasing', 'identity_calls') -%}
{% if stored and not flags.FULL_REFRESH and build_step() == 'none' %}
{{ arrived_rows(
    ref('stg_segment__identity_calls'), ['identifies', 'aliases'], stored, ['anonymous_id', 'previous_id', 'user_id']
) }}
{% else %}
-- depends_on: {{ ref('stg_segment__identity_calls') }}
{{ arrived_nothing(['anonymous_id', 'previous_id', 'user_id']) }}
{% endif %}
