{{ config(incremental_strategy='append', post_hook='analyze {{ this }}') }}

{%- set stored = stored_relation('sessions_stages', 'settings_in_force') -%}
with settings_now as (
    {{ settings_now() }}
),

{% if stored and is_incremental() and not flags.FULL_REFRESH -%}
changed as (
    select settings_now.setting_name
    from settings_now
    inner join {{ stored }} as stored on stored.setting_name = settings_now.setting_name
    where
        stored.setting_value is distinct from settings_now.setting_value
        -- these need the events read again: check_settings_in_force has stopped the run for them
        and settings_now.setting_name not in ('segment_sources', 'blocked_ids')
),
{%- else -%}
changed as (
    select setting_name from settings_now where false
),
{%- endif %}

effects as (
    {%- set chain = rebuild_chain() -%}
    {%- for setting_name, first_model in setting_effects().items() -%}
    {%- for model_name in chain[chain.index(first_model):] %}
    select
        '{{ setting_name }}' as setting_name,
        '{{ model_name }}' as model_name
    {{ 'union all' }}
    {%- endfor -%}
    {%- endfor %}
    select
        null as setting_name,
        null as model_name
    where false
),

final as (
    select
        cast(effects.model_name as {{ dbt.type_string() }}) as model_name,
        cast('setting ' || changed.setting_name || ' changed' as {{ dbt.type_string() }}) as reason,
        current_timestamp as requested_at
    from changed
    inner join effects on effects.setting_name = changed.setting_name
)

select * from final
