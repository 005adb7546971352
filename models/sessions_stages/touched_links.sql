{{ config(incremental_strategy='append', post_hook='analyze {{ this }}') }}

with arrived_events as (
    select * from {{ ref('arrived_events') }} where row_kind = 'row'
),

arrived_identity_calls as (
    select * from {{ ref('arrived_identity_calls') }} where row_kind = 'row'
),

arrived as (
    select anonymous_id as from_id, user_id, "timestamp", verdict, stored_anonymous_id as stored_from_id, stored_user_id, stored_timestamp
    from arrived_events
    union all
    select anonymous_id as from_id, user_id, "timestamp", verdict, stored_anonymous_id as stored_from_id, stored_user_id, stored_timestamp
    from arrived_identity_calls
    union all
    select previous_id as from_id, user_id, "timestamp", verdict, stored_previous_id as stored_from_id, stored_user_id, stored_timestamp
    from arrived_identity_calls
),

links as (
    select
        from_id,
        user_id,
        "timestamp" as touched_at,
        false as is_removed
    from arrived
    union all
    select
        stored_from_id as from_id,
        stored_user_id as user_id,
        stored_timestamp as touched_at,
        true as is_removed
    from arrived
    where verdict = 'better'
),

final as (
    select
        from_id as anonymous_id,
        user_id,
        min(touched_at) as from_at,
        max(touched_at) as to_at,
        bool_or(is_removed) as is_removed
    from links
    where from_id is not null and user_id is not null and from_id <> user_id
    group by from_id, user_id
)

select * from final
