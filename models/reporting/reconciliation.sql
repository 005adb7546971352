{{ config(enabled=var('reporting'), materialized='view') }}

-- signups by the sessions, those that do not count too: read without the table they are compared with
with signup_sessions as (
    select
        alias_id,
        min(signup_at) as signup_at,
        min(signup_at) filter (where exclusion_reason is null) as counted_signup_at
    from {{ ref('all_sessions') }}
    where signup_at is not null
    group by alias_id
),

attribution as (
    select * from {{ ref('attribution') }}
),

compared as (
    select
        coalesce(signup_sessions.counted_signup_at, signup_sessions.signup_at, attribution.signup_timestamp) as signed_up_at,
        signup_sessions.alias_id is not null as has_signup,
        signup_sessions.alias_id is not null and signup_sessions.counted_signup_at is null as has_no_counted_session,
        attribution.alias_id is not null as has_attribution,
        attribution.first_touch_channel = 'Direct' as is_direct,
        attribution.session_count_before_signup = 0 as is_first_session
    from signup_sessions
    full outer join attribution on attribution.alias_id = signup_sessions.alias_id
),

counted as (
    select
        cast(date_trunc('month', signed_up_at at time zone 'UTC') as date) as signup_month,
        count(*) filter (where has_signup) as signups,
        count(*) filter (where has_attribution and not is_direct) as attributed,
        count(*) filter (where has_attribution and is_direct) as direct,
        count(*) filter (where has_no_counted_session) as without_session,
        count(*) filter (where is_first_session) as in_first_session
    from compared
    group by 1
),

final as (
    select
        signup_month,
        signups,
        attributed,
        direct,
        without_session,
        signups - attributed - direct - without_session as unexplained,
        in_first_session,
        cast(in_first_session as numeric) / nullif(attributed + direct, 0) as in_first_session_share
    from counted
)

select * from final
