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

periods as (
    select
        'week' as period,
        7 as days,
        53 as most
    union all
    select
        'month' as period,
        30 as days,
        25 as most
),

cohorts as (
    select
        periods.period,
        periods.days,
        periods.most,
        cast(date_trunc(periods.period, attribution.signup_timestamp at time zone 'UTC') as date) as cohort,
        attribution.first_touch_channel as channel,
        attribution.first_touch_source as source,
        count(*) as signups
    from attribution
    cross join periods
    group by 1, 2, 3, 4, 5, 6
),

-- periods that have ended for everybody in the cohort
seen as (
    select
        cohorts.*,
        period_number
    from cohorts
    cross join newest
    cross join generate_series(0, cohorts.most - 1) as period_number
    where
        cohorts.cohort + cast('1 ' || cohorts.period as interval) + make_interval(days => (period_number + 1) * cohorts.days)
        <= newest.seen_until at time zone 'UTC'
),

active as (
    select
        periods.period,
        cast(date_trunc(periods.period, attribution.signup_timestamp at time zone 'UTC') as date) as cohort,
        attribution.first_touch_channel as channel,
        attribution.first_touch_source as source,
        active_day / periods.days as period_number,
        count(distinct attribution.alias_id) as active_signups
    from attribution
    inner join signup_activity on signup_activity.alias_id = attribution.alias_id
    cross join unnest(signup_activity.active_days) as active_day
    cross join periods
    group by 1, 2, 3, 4, 5
),

final as (
    select
        seen.period,
        seen.cohort,
        seen.channel,
        seen.source,
        seen.period_number,
        seen.signups,
        coalesce(active.active_signups, 0) as active_signups,
        cast(coalesce(active.active_signups, 0) as numeric) / seen.signups as active_share
    from seen
    left join active using (period, cohort, channel, source, period_number)
)

select * from final
