{{ config(enabled=var('reporting'), materialized='view') }}

with attribution as (
    select * from {{ ref('attribution') }}
),

signup_value as (
    select * from {{ ref('signup_value') }}
),

pages as (
    select
        alias_id,
        signup_timestamp,
        session_count_before_signup,
        'blog_url' as content_kind,
        {{ page_of('blog_url') }} as page
    from attribution
    union all
    select
        alias_id,
        signup_timestamp,
        session_count_before_signup,
        'first_page' as content_kind,
        {{ page_of('first_page_ever_visited') }} as page
    from attribution
),

signups as (
    select
        content_kind,
        page,
        cast(date_trunc('month', signup_timestamp at time zone 'UTC') as date) as signup_month,
        count(*) as signups,
        count(*) filter (where session_count_before_signup = 0) as signups_in_first_session
    from pages
    where page is not null
    group by 1, 2, 3
),

page_worth as (
    select
        pages.content_kind,
        pages.page,
        cast(date_trunc('month', pages.signup_timestamp at time zone 'UTC') as date) as signup_month,
        signup_value.currency,
        sum(signup_value.value_90_days) as value_90_days,
        sum(signup_value.lifetime_value) as lifetime_value
    from pages
    inner join signup_value on signup_value.alias_id = pages.alias_id
    where pages.page is not null
    group by 1, 2, 3, 4
),

currencies as (
    select distinct currency from signup_value
    union all
    select '(not set)' as currency
    where not exists (select 1 from signup_value)
),

final as (
    select
        signups.content_kind,
        signups.page,
        signups.signup_month,
        currencies.currency,
        signups.signups,
        signups.signups_in_first_session,
        coalesce(page_worth.value_90_days, 0) as value_90_days,
        coalesce(page_worth.lifetime_value, 0) as lifetime_value,
        coalesce(page_worth.lifetime_value, 0) / signups.signups as lifetime_value_per_signup
    from signups
    cross join currencies
    left join page_worth using (content_kind, page, signup_month, currency)
)

select * from final
