-- each model credits all signups, and no channel gets less than nothing
{{ config(tags=['whole_table'], enabled=var('reporting')) }}

select
    attribution_model,
    sum(signups) as signups,
    max(total_signups) as total_signups
from {{ ref('data_driven_credit') }}
group by attribution_model
having
    abs(sum(signups) - max(total_signups)) > 0.000001
    or abs(sum(share) - 1) > 0.000001
    or min(signups) < 0
    or min(total_signups) <> max(total_signups)
