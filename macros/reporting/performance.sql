{% macro performance(dimensions, cost_dimensions) -%}
  {#- Signups, value and cost by month, attribution model and some dimensions of touch_credit. Every cell has a row for
      each currency that there are orders or costs in; its signups stand in each. What a signup is worth is shared out
      by the same credit as the signup. Cost has the month of its day, signups and their value that of the signup. -#}
  with touch_credit as (
      select
          cast(date_trunc('month', signup_timestamp at time zone 'UTC') as date) as signup_month,
          attribution_model,
          {% for name, expression in dimensions.items() -%}
          {{ expression }} as {{ name }},
          {% endfor -%}
          alias_id,
          credit
      from {{ ref('touch_credit') }}
  ),

  signup_value as (
      select * from {{ ref('signup_value') }}
  ),

  ad_costs as (
      select * from {{ ref('ad_costs') }}
  ),

  models as (
      select distinct attribution_model from touch_credit
  ),

  currencies as (
      select currency from signup_value
      union
      select currency from ad_costs
      union
      select '(not set)' as currency
      where not exists (select 1 from signup_value) and not exists (select 1 from ad_costs)
  ),

  signups as (
      select
          signup_month,
          attribution_model,
          {{ dimensions | join(', ') }},
          sum(credit) as signups
      from touch_credit
      group by signup_month, attribution_model, {{ dimensions | join(', ') }}
  ),

  signup_worth as (
      select
          touch_credit.signup_month,
          touch_credit.attribution_model,
          {% for name in dimensions -%}
          touch_credit.{{ name }},
          {% endfor -%}
          signup_value.currency,
          {% for days in [30, 90, 365] -%}
          sum(touch_credit.credit * signup_value.value_{{ days }}_days) as value_{{ days }}_days,
          {% endfor -%}
          sum(touch_credit.credit * signup_value.lifetime_value) as lifetime_value
      from touch_credit
      inner join signup_value on signup_value.alias_id = touch_credit.alias_id
      group by touch_credit.signup_month, touch_credit.attribution_model, {% for name in dimensions %}touch_credit.{{ name }}, {% endfor %}signup_value.currency
  ),

  costs as (
      select
          cast(date_trunc('month', spent_on) as date) as signup_month,
          {% for name, expression in cost_dimensions.items() -%}
          {{ expression }} as {{ name }},
          {% endfor -%}
          currency,
          sum(cost) as cost
      from ad_costs
      group by 1, {{ range(2, cost_dimensions | length + 3) | join(', ') }}
  ),

  cells as (
      select signup_month, attribution_model, {{ dimensions | join(', ') }} from signups
      union
      select costs.signup_month, models.attribution_model, {% for name in dimensions %}costs.{{ name }}{{ ', ' if not loop.last }}{% endfor %}
      from costs
      cross join models
  ),

  totals as (
      select
          cells.*,
          currencies.currency,
          coalesce(signups.signups, 0) as signups,
          {% for days in [30, 90, 365] -%}
          coalesce(signup_worth.value_{{ days }}_days, 0) as value_{{ days }}_days,
          {% endfor -%}
          coalesce(signup_worth.lifetime_value, 0) as lifetime_value,
          coalesce(costs.cost, 0) as cost
      from cells
      cross join currencies
      left join signups using (signup_month, attribution_model, {{ dimensions | join(', ') }})
      left join signup_worth using (signup_month, attribution_model, {{ dimensions | join(', ') }}, currency)
      left join costs using (signup_month, {{ dimensions | join(', ') }}, currency)
  )

  select
      signup_month,
      attribution_model,
      {{ dimensions | join(', ') }},
      currency,
      signups,
      value_30_days,
      value_90_days,
      value_365_days,
      lifetime_value,
      lifetime_value / nullif(signups, 0) as lifetime_value_per_signup,
      cost,
      cost / nullif(signups, 0) as cost_per_signup,
      lifetime_value / nullif(cost, 0) as return_on_ad_spend
  from totals
{%- endmacro %}
