{{ config(enabled=var('reporting'), materialized='view') }}

with agreement as (
    select * from {{ ref('self_report_agreement') }}
),

answered as (
    select
        coalesce(answered_channel, 'No channel: ' || lower(answer)) as channel,
        count(*) as answers,
        count(agrees) as comparable,
        count(*) filter (where agrees) as agreeing
    from agreement
    group by 1
),

touched as (
    select
        first_touch_channel as channel,
        count(*) as first_touches
    from agreement
    group by 1
),

final as (
    select
        channel,
        coalesce(answered.answers, 0) as answers,
        coalesce(answered.answers, 0) / sum(answered.answers) over () as answers_share,
        coalesce(touched.first_touches, 0) as first_touches,
        coalesce(touched.first_touches, 0) / sum(touched.first_touches) over () as first_touches_share,
        coalesce(answered.agreeing, 0) as agreeing,
        cast(answered.agreeing as numeric) / nullif(answered.comparable, 0) as agreeing_share
    from answered
    full outer join touched using (channel)
)

select * from final
