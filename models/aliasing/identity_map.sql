{{ config(
    incremental_strategy='sync',
    unique_key=['id'],
    meta={'sync_scope': 'identity_map'},
    indexes=[
        {'columns': ['id'], 'type': 'hash'},
        {'columns': ['next_id'], 'type': 'hash'},
        {'columns': ['alias_id'], 'type': 'hash'},
    ],
    pre_hook="{{ night_settings() }}",
    post_hook="{{ request_rebuild_downstream() }}",
) }}

-- depends_on: {{ ref('touched_aliases') }}, {{ ref('map_changes') }}, {{ ref('known_pairs') }}
{% if rebuild_everything() %}
with known_pairs as (
    select * from {{ ref('known_pairs') }}
),

links as (
    {{ winning_links('known_pairs') }}
),

resolved as (
    {{ resolve_aliases('links') }}
),

final as (
    select
        links.id,
        links.next_id,
        resolved.alias_id
    from links
    inner join resolved on resolved.id = links.id
)
{% else %}
with map_changes as (
    select * from {{ ref('map_changes') }}
),

final as (
    select
        id,
        next_id,
        alias_id
    from map_changes
    where next_id is not null
)
{% endif %}
select * from final
