{{ config(enabled=var('reporting'), materialized='view') }}

with attribution as (
    select * from {{ ref('attribution') }}
),

signup_activity as (
    select * from {{ ref('signup_activity') }}
),

newest as (
    {{ newest_session() }}
),

days as (
    select days_after_signup from unnest(array[7, 28, 90]) as days_after_signup
),

-- only those whose day is over
seen as (
    select
        cast(date_trunc('month', attribution.signup_timestamp at time zone 'UTC') as date) as signup_month,
        attribution.first_touch_channel as channel,
        attribution.first_touch_source as source,
        days.days_after_signup,
        days.days_after_signup = any(signup_activity.active_days) as is_active_that_day,
        signup_activity.active_days[cardinality(signup_activity.active_days)] >= days.days_after_signup as is_active_since
    from attribution
    inner join signup_activity on signup_activity.alias_id = attribution.alias_id
    cross join days
    cross join newest
    where attribution.signup_timestamp + make_interval(days => days.days_after_signup + 1) <= newest.seen_until
),

final as (
    select
        signup_month,
        channel,
        source,
        days_after_signup,
        count(*) as signups,
        count(*) filter (where is_active_that_day) as active_that_day,
        count(*) filter (where is_active_since) as active_since,
        cast(count(*) filter (where is_active_that_day) as numeric) / count(*) as active_that_day_share,
        cast(count(*) filter (where is_active_since) as numeric) / count(*) as active_since_share
    from seen
    group by 1, 2, 3, 4
)

select * from final
