-- A shop's own tables, beside Segment's: orders of some who signed up, what the paid clicks cost, and what people
-- answered when they were asked where they came from: most of them rightly. The same for the same events.
create schema shop;

create table shop.orders as
with signups as (
    select
        user_id,
        min("timestamp") as signed_up_at
    from segment.tracks
    where event in ('signed_up', 'signed-up', 'Signed Up') and user_id is not null
    group by user_id
),

numbered as (
    select
        signups.user_id,
        signups.signed_up_at,
        order_number,
        abs(hashtextextended(signups.user_id, order_number)) as drawn
    from signups
    cross join generate_series(1, 4) as order_number
)

select
    user_id,
    signed_up_at + make_interval(secs => order_number * (drawn % 4000000)) as ordered_at,
    9.9 + 10 * (drawn % 12) as order_value,
    'EUR' as currency
from numbered
where drawn % 10 < 4 and signed_up_at + make_interval(secs => order_number * (drawn % 4000000)) < now();

create table shop.ad_spend as
select
    cast("timestamp" at time zone 'UTC' as date) as spent_on,
    context_campaign_source as source,
    context_campaign_name as campaign,
    0.4 * count(*) as cost,
    'EUR' as currency
from segment.pages
where
    context_campaign_medium in ('cpc', 'ppc', 'paid_social', 'display')
    and isfinite("timestamp")
group by 1, 2, 3;

create table shop.survey as
with first_pages as (
    select distinct on (anonymous_id)
        anonymous_id,
        coalesce(context_campaign_source, split_part(split_part(referrer, '://', 2), '/', 1), '') as source
    from segment.pages
    where anonymous_id is not null
    order by anonymous_id, "timestamp", id
),

links as (
    select distinct on (user_id)
        user_id,
        anonymous_id
    from segment.identifies
    where user_id is not null and anonymous_id is not null
    order by user_id, "timestamp", id
),

drawn as (
    select
        links.user_id,
        lower(first_pages.source) as source,
        abs(hashtextextended(links.user_id, 7)) as number
    from links
    inner join first_pages on first_pages.anonymous_id = links.anonymous_id
)

select
    user_id,
    case
        when number % 10 >= 7 then (array['A friend told me', 'Google', 'I read an article'])[1 + number % 3]
        when source like '%google%' then 'Google search'
        when source like '%facebook%' or source = 'fb' then 'Facebook'
        when source like '%linkedin%' then 'LinkedIn'
        when source like '%twitter%' or source = 't.co' then 'on Twitter'
        when source like '%youtube%' then 'YouTube'
        when source like '%letter%' or source like '%mail%' then 'your newsletter'
        when source = '' then 'A friend told me'
        else 'I read about it on ' || source
    end as answer
from drawn
where number % 5 < 2;
