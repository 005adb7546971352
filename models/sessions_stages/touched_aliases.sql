{{ config(incremental_strategy='append', pre_hook="{{ night_settings() }}", post_hook='analyze {{ this }}') }}

{%- set stored = stored_relation('aliasing', 'identity_map') -%}
{% if stored and not flags.FULL_REFRESH %}
with map_changes as (
    select * from {{ ref('map_changes') }}
),

touched_ids as (
    select identity as id from {{ ref('touched_identities') }}
    union
    select user_id as id from {{ ref('touched_links') }}
),

found as (
    select alias_id from map_changes
    union
    select old_alias_id as alias_id from map_changes
    union
    select coalesce(map_changes.alias_id, identity_map.alias_id, touched_ids.id) as alias_id
    from touched_ids
    left join map_changes on map_changes.id = touched_ids.id
    left join {{ stored }} as identity_map on identity_map.id = touched_ids.id
),

final as (
    select alias_id from found
    {% if is_incremental() -%}
    except
    select alias_id from {{ this }}
    {%- endif %}
)

select * from final
{% else %}
-- depends_on: {{ ref('map_changes') }}, {{ ref('touched_identities') }}, {{ ref('touched_links') }}
select {{ binary_text('cast(null as text)') }} as alias_id
where false
{% endif %}
