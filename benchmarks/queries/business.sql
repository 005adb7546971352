-- A shop's own tables for the reporting models: two orders of each who signed up, the cost of each paid click, an answer
-- of every other user.
create schema shop;

create table shop.orders as
select
    signups.user_id,
    signups.signed_up_at + make_interval(days => 20 * order_number) as ordered_at,
    cast(20 * order_number as numeric) as order_value,
    'EUR' as currency
from (
    select user_id, min("timestamp") as signed_up_at
    from segment.tracks
    where event in ('signed_up', 'signed-up', 'Signed Up') and user_id is not null
    group by user_id
) as signups
cross join generate_series(1, 2) as order_number;

create table shop.ad_spend as
select
    cast("timestamp" at time zone 'UTC' as date) as spent_on,
    context_campaign_source as source,
    context_campaign_name as campaign,
    0.4 * count(*) as cost,
    'EUR' as currency
from segment.tracks
where context_campaign_medium in ('cpc', 'ppc', 'paid_social', 'display')
group by 1, 2, 3;

create table shop.survey as
select
    user_id,
    case when hashtext(user_id) % 4 = 0 then 'Google' else 'A friend told me' end as answer
from shop.orders
where hashtext(user_id) % 2 = 0
group by user_id;
