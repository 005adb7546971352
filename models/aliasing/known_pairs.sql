{{ config(
    incremental_strategy='sync',
    unique_key=['anonymous_id', 'user_id', 'first_seen_at'],
    meta={'partition_by': 'first_seen_at', 'sync_scope': 'known_pairs'},
    indexes=[
        {'columns': ['anonymous_id'], 'type': 'hash'},
        {'columns': ['user_id'], 'type': 'hash'},
    ],
    pre_hook="{{ night_settings() }}",
    post_hook="{{ request_rebuild_downstream() }}",
) }}

with app_tracks as (
    select * from {{ ref('app_tracks') }}
),

identity_calls as (
    -- an aliases row may link two ids to its user
    select anonymous_id, user_id, "timestamp" from {{ ref('identity_calls') }}
    union all
    select previous_id as anonymous_id, user_id, "timestamp" from {{ ref('identity_calls') }} where previous_id is not null
),

{% if rebuild_everything() -%}
sightings as (
    select anonymous_id, user_id, "timestamp" as seen_at from app_tracks
    union all
    select anonymous_id, user_id, "timestamp" as seen_at from identity_calls
),

bounds as (
    select
        anonymous_id,
        user_id,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at
    from sightings
    where anonymous_id is not null and user_id is not null and anonymous_id <> user_id
    group by anonymous_id, user_id
),
{%- else -%}
-- where a copy was replaced the pair is read again from all its events, else from the new ones only
touched_links as (
    select
        anonymous_id,
        user_id,
        case when bool_or(is_removed) then cast('-infinity' as timestamp with time zone) else min(from_at) end as read_from_at,
        case when bool_or(is_removed) then cast('infinity' as timestamp with time zone) else max(to_at) end as read_to_at,
        bool_or(is_removed) as is_removed
    from {{ ref('touched_links') }}
    group by anonymous_id, user_id
),

event_bounds as (
    select
        app_tracks.anonymous_id,
        app_tracks.user_id,
        min(app_tracks."timestamp") as first_seen_at,
        max(app_tracks."timestamp") as last_seen_at
    from touched_links
    inner join app_tracks
        on
            {{ text_hash(raw_identity('app_tracks')) }} = {{ text_hash('touched_links.user_id') }}
            and app_tracks.user_id = touched_links.user_id
            and app_tracks.anonymous_id = touched_links.anonymous_id
            and app_tracks."timestamp" >= touched_links.read_from_at
            and app_tracks."timestamp" <= touched_links.read_to_at
            and {{ event_day('app_tracks."timestamp"') }} >= {{ event_day('touched_links.read_from_at') }}
            and {{ event_day('app_tracks."timestamp"') }} <= {{ event_day('touched_links.read_to_at') }}
    group by app_tracks.anonymous_id, app_tracks.user_id
),

call_bounds as (
    select
        identity_calls.anonymous_id,
        identity_calls.user_id,
        min(identity_calls."timestamp") as first_seen_at,
        max(identity_calls."timestamp") as last_seen_at
    from touched_links
    inner join identity_calls
        on
            {{ text_hash('identity_calls.user_id') }} = {{ text_hash('touched_links.user_id') }}
            and identity_calls.user_id = touched_links.user_id
            and identity_calls.anonymous_id = touched_links.anonymous_id
    group by identity_calls.anonymous_id, identity_calls.user_id
),

stored_bounds as (
    select
        stored.anonymous_id,
        stored.user_id,
        stored.first_seen_at,
        stored.last_seen_at
    from touched_links
    inner join {{ this }} as stored
        on
            stored.user_id = touched_links.user_id
            and stored.anonymous_id = touched_links.anonymous_id
    where not touched_links.is_removed
),

all_bounds as (
    select * from event_bounds
    union all
    select * from call_bounds
    union all
    select * from stored_bounds
),

bounds as (
    select
        anonymous_id,
        user_id,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from all_bounds
    group by anonymous_id, user_id
),
{%- endif %}

final as (
    select
        anonymous_id,
        user_id,
        first_seen_at,
        last_seen_at
    from bounds
)

select * from final
