-- Signups by channel, as each attribution model shares them out.
with by_touches as (
    select
        channel,
        attribution_model,
        sum(signups) as signups,
        sum(cost) as cost,
        sum(lifetime_value) as lifetime_value
    from reporting.channel_performance
    group by channel, attribution_model
),

by_journeys as (
    select
        channel,
        cast(round(sum(signups) filter (where attribution_model = 'markov_first_order')) as bigint) as markov,
        cast(round(sum(signups) filter (where attribution_model = 'shapley')) as bigint) as shapley
    from reporting.data_driven_credit
    group by channel
),

pivoted as (
    select
        channel,
        cast(round(sum(signups) filter (where attribution_model = 'first_touch')) as bigint) as first_touch,
        cast(round(sum(signups) filter (where attribution_model = 'last_touch')) as bigint) as last_touch,
        cast(round(sum(signups) filter (where attribution_model = 'last_paid_touch')) as bigint) as last_paid,
        cast(round(sum(signups) filter (where attribution_model = 'linear')) as bigint) as linear,
        cast(round(sum(signups) filter (where attribution_model = 'position_based')) as bigint) as position_based,
        cast(round(sum(signups) filter (where attribution_model = 'time_decay')) as bigint) as time_decay,
        cast(round(sum(cost) filter (where attribution_model = 'position_based')) as bigint) as cost,
        cast(round(sum(lifetime_value) filter (where attribution_model = 'position_based')) as bigint) as value
    from by_touches
    group by channel
)

select
    pivoted.*,
    by_journeys.markov,
    by_journeys.shapley
from pivoted
left join by_journeys using (channel)
order by pivoted.position_based desc nulls last, pivoted.first_touch desc nulls last, pivoted.channel;
