{{ config(
    enabled=var('reporting'),
    incremental_strategy='sync',
    unique_key=['alias_id', 'currency'],
    meta={'sync_scope': 'everything', 'leaf_storage': changing_leaf()},
    indexes=[
        {'columns': ['alias_id'], 'type': 'hash'},
    ],
) }}

{%- set input = var('orders') %}
{% if input -%}
{%- set types = input_types('orders') %}
with orders as (
    select
        {{ input_user_id(input) }} as user_id,
        {{ utc_moment(adapter.quote(input['timestamp']), types.get(input['timestamp'])) }} as ordered_at,
        cast({{ adapter.quote(input['value']) }} as numeric) as order_value,
        coalesce({{ input_text(input.get('currency')) }}, '(not set)') as currency
    from {{ input_relation('orders') }}
),

identity_map as (
    select * from {{ ref('identity_map') }}
),

attribution as (
    select * from {{ ref('attribution') }}
),

orders_of_signups as (
    select
        attribution.alias_id,
        attribution.signup_timestamp,
        orders.ordered_at,
        orders.order_value,
        orders.currency
    from orders
    left join identity_map on identity_map.id = orders.user_id
    inner join attribution on attribution.alias_id = coalesce(identity_map.alias_id, orders.user_id)
    -- what is no number adds up to nothing
    where orders.order_value not in ('NaN', 'Infinity', '-Infinity')
),

final as (
    select
        alias_id,
        currency,
        signup_timestamp,
        count(*) as order_count,
        {% for days in [30, 90, 365] -%}
        coalesce(sum(order_value) filter (where ordered_at < signup_timestamp + interval '{{ days }} days'), 0) as value_{{ days }}_days,
        {% endfor -%}
        sum(order_value) as lifetime_value
    from orders_of_signups
    group by alias_id, currency, signup_timestamp
)

select * from final
{%- else -%}
-- depends_on: {{ ref('identity_map') }}, {{ ref('attribution') }}
select
    {{ binary_text('cast(null as text)') }} as alias_id,
    cast(null as text) as currency,
    cast(null as timestamp with time zone) as signup_timestamp,
    cast(null as bigint) as order_count,
    cast(null as numeric) as value_30_days,
    cast(null as numeric) as value_90_days,
    cast(null as numeric) as value_365_days,
    cast(null as numeric) as lifetime_value
where false
{%- endif %}
