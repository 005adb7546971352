-- Signups by channel, as each attribution model shares them out.
select
    channel,
    cast(round(sum(signups) filter (where attribution_model = 'first_touch')) as bigint) as first_touch,
    cast(round(sum(signups) filter (where attribution_model = 'last_touch')) as bigint) as last_touch,
    cast(round(sum(signups) filter (where attribution_model = 'last_non_direct_touch')) as bigint) as last_non_direct,
    cast(round(sum(signups) filter (where attribution_model = 'last_paid_touch')) as bigint) as last_paid,
    cast(round(sum(signups) filter (where attribution_model = 'linear')) as bigint) as linear,
    cast(round(sum(signups) filter (where attribution_model = 'position_based')) as bigint) as position_based,
    cast(round(sum(signups) filter (where attribution_model = 'time_decay')) as bigint) as time_decay,
    cast(round(sum(cost) filter (where attribution_model = 'position_based')) as bigint) as cost,
    cast(round(sum(lifetime_value) filter (where attribution_model = 'position_based')) as bigint) as value
from reporting.channel_performance
group by channel
order by sum(signups) filter (where attribution_model = 'position_based') desc nulls last, channel;
