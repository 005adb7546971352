{{ config(incremental_strategy='replace', pre_hook="{{ night_settings() }}", post_hook='analyze {{ this }}') }}

{%- set stored = stored_relation('aliasing', 'identity_map') -%}
{% if stored and not flags.FULL_REFRESH %}
with recursive touched_ids as (
    select distinct anonymous_id as id from {{ ref('touched_links') }}
),

touched_pairs as (
    select known_pairs.*
    from touched_ids
    inner join {{ ref('known_pairs') }} as known_pairs on known_pairs.anonymous_id = touched_ids.id
),

winners as (
    {{ winning_links('touched_pairs') }}
),

relinked as (
    select
        touched_ids.id,
        winners.next_id
    from touched_ids
    left join winners on winners.id = touched_ids.id
    left join {{ stored }} as stored on stored.id = touched_ids.id
    where winners.next_id is distinct from stored.next_id
),

-- every id that reached its alias through a changed link
upstream as (
    select id from relinked
    union
    select stored.id
    from upstream
    inner join {{ stored }} as stored on stored.next_id = upstream.id
),

affected as (
    select
        upstream.id,
        case when relinked.id is not null then relinked.next_id else stored.next_id end as next_id,
        coalesce(stored.alias_id, upstream.id) as old_alias_id
    from upstream
    left join relinked on relinked.id = upstream.id
    left join {{ stored }} as stored on stored.id = upstream.id
),

links as (
    select id, next_id from affected where next_id is not null
),

-- ids outside keep their alias: a walk that leaves the affected ids ends there
settled as (
    select
        stored.id,
        stored.alias_id
    from (select distinct next_id as id from links) as exits
    inner join {{ stored }} as stored on stored.id = exits.id
    where not exists (select 1 from affected where affected.id = exits.id)
),

resolved as (
    {{ resolve_aliases('links', 'settled') }}
),

final as (
    select
        affected.id,
        affected.next_id,
        coalesce(resolved.alias_id, affected.id) as alias_id,
        affected.old_alias_id
    from affected
    left join resolved on resolved.id = affected.id
)

select * from final
{% else %}
-- depends_on: {{ ref('touched_links') }}, {{ ref('known_pairs') }}
select
    {{ binary_text('cast(null as text)') }} as id,
    {{ binary_text('cast(null as text)') }} as next_id,
    {{ binary_text('cast(null as text)') }} as alias_id,
    {{ binary_text('cast(null as text)') }} as old_alias_id
where false
{% endif %}
