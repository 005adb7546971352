-- each signup is credited once by each model, to the last digit, and no signup is left out
{{ config(tags=['whole_table'], enabled=var('reporting')) }}

with credit as (
    select
        alias_id,
        signup_timestamp,
        attribution_model,
        sum(credit) as total
    from {{ ref('touch_credit') }}
    group by alias_id, signup_timestamp, attribution_model
),

wanted as (
    select
        attribution.alias_id,
        attribution.signup_timestamp,
        models.attribution_model
    from {{ ref('attribution') }} as attribution
    cross join (
        {%- for name in rule_based_models() %}
        select '{{ name }}' as attribution_model
        {{ 'union all' if not loop.last }}
        {%- else %}
        select 'none' as attribution_model where false
        {%- endfor %}
    ) as models
)

select
    alias_id,
    signup_timestamp,
    attribution_model,
    credit.total
from wanted
full outer join credit using (alias_id, signup_timestamp, attribution_model)
where credit.total is distinct from 1
