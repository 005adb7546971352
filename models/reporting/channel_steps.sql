{{ config(enabled=var('reporting'), materialized='view') }}

{%- set lookback_days = var('attribution_lookback_days') %}
with all_sessions as (
    select * from {{ ref('all_sessions') }}
),

-- the signup as sessions.attribution has it
counted as (
    select
        alias_id,
        session_number,
        started_at,
        channel,
        is_signup_session,
        min(signup_at) over by_alias as signup_timestamp,
        max(started_at) over by_alias as last_started_at
    from all_sessions
    where exclusion_reason is null
    window by_alias as (partition by alias_id order by session_number rows between unbounded preceding and unbounded following)
),

-- one order serves both windows, so that sessions are sorted once
touches as (
    select
        signup_timestamp is not null as is_signup,
        channel,
        lag(channel, 2) over by_alias as channel_before,
        lag(channel) over by_alias as channel_from,
        lead(channel) over by_alias is null as is_last
    from counted
    where
        (signup_timestamp is null or started_at <= signup_timestamp)
        {%- if lookback_days is not none %}
        -- the signup session is a touch however long it lasted
        and (
            is_signup_session
            or started_at >= coalesce(signup_timestamp, last_started_at) - interval '{{ lookback_days }} days'
        )
        {%- endif %}
    window by_alias as (partition by alias_id order by session_number)
),

-- few rows from here on: the steps to a touch, and those of them that are the last
ways as (
    select
        case
            when channel_from is null then '(none)'
            else coalesce(channel_before, '(start)')
        end as channel_before,
        coalesce(channel_from, '(start)') as channel_from,
        channel as channel_to,
        count(*) as journeys,
        count(*) filter (where is_last and is_signup) as signups,
        count(*) filter (where is_last and not is_signup) as lost
    from touches
    group by 1, 2, 3
),

steps as (
    select
        channel_before,
        channel_from,
        channel_to,
        journeys
    from ways
    union all
    select
        channel_from as channel_before,
        channel_to as channel_from,
        '(conversion)' as channel_to,
        signups as journeys
    from ways
    where signups > 0
    union all
    select
        channel_from as channel_before,
        channel_to as channel_from,
        '(null)' as channel_to,
        lost as journeys
    from ways
    where lost > 0
),

final as (
    select
        channel_before,
        channel_from,
        channel_to,
        cast(sum(journeys) as bigint) as journeys
    from steps
    group by channel_before, channel_from, channel_to
)

select * from final
