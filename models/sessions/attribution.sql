{{ config(
    incremental_strategy='sync',
    unique_key=['alias_id', 'signup_timestamp'],
    meta={'partition_by': 'signup_timestamp', 'sync_scope': 'touched_aliases', 'leaf_storage': changing_leaf()},
    indexes=[
        {'columns': ['alias_id'], 'type': 'hash'},
        {'columns': ['signup_timestamp']},
        {'columns': ['session_count_before_signup']},
        {'columns': ['first_touch_timestamp']},
        {'columns': ['first_touch_channel', 'signup_timestamp']},
        {'columns': ['first_touch_source']},
        {'columns': ['first_touch_medium']},
        {'columns': ['first_touch_campaign']},
        {'columns': ['last_touch_timestamp']},
        {'columns': ['last_touch_channel', 'signup_timestamp']},
        {'columns': ['last_touch_source']},
        {'columns': ['last_touch_medium']},
        {'columns': ['last_touch_campaign']},
        {'columns': ['first_attributed_touch_timestamp']},
        {'columns': ['first_attributed_touch_source']},
        {'columns': ['first_attributed_touch_medium']},
        {'columns': ['first_attributed_touch_campaign']},
        {'columns': ['last_attributed_touch_timestamp']},
        {'columns': ['last_attributed_touch_source']},
        {'columns': ['last_attributed_touch_medium']},
        {'columns': ['last_attributed_touch_campaign']},
    ],
    pre_hook="{{ night_settings() }}",
) }}

with all_sessions as {% if rebuild_everything() %}not materialized {% endif %}(
    {{ touched_sessions() }}
),

signups as (
    select
        alias_id,
        min(signup_at) as signup_timestamp
    from all_sessions
    where signup_at is not null
    group by alias_id
),

-- a touch after the signup brought nobody: only sessions that started at or before it count
candidates as (
    select
        all_sessions.*,
        signups.signup_timestamp,
        all_sessions.started_at <= signups.signup_timestamp as is_touch
    from signups
    inner join all_sessions on all_sessions.alias_id = signups.alias_id
),

ranked as (
    select
        *,
        row_number() over (partition by alias_id, is_touch order by session_number) as from_first,
        row_number() over (partition by alias_id, is_touch order by session_number desc) as from_last,
        row_number() over (partition by alias_id, is_touch, is_paid order by session_number) as paid_from_first,
        row_number() over (partition by alias_id, is_touch, is_paid order by session_number desc) as paid_from_last
    from candidates
),

placed as (
    select
        *,
        case when is_touch then from_first end as first_rank,
        case when is_touch then from_last end as last_rank,
        case when is_touch and is_paid then paid_from_first end as first_paid_rank,
        case when is_touch and is_paid then paid_from_last end as last_paid_rank,
        case when first_blog_at <= signup_timestamp then session_number end as blog_session_number,
        case when first_page_url is not null then session_number end as page_session_number
    from ranked
),

bounded as (
    select
        *,
        min(blog_session_number) over (partition by alias_id) as first_blog_session,
        min(page_session_number) over (partition by alias_id) as first_page_session
    from placed
),

final as (
    select
        alias_id,
        signup_timestamp,
        max(session_number) filter (where is_signup_session) - 1 as session_count_before_signup,
        max(first_blog_url) filter (where session_number = first_blog_session) as blog_url,
        max(first_page_url) filter (where session_number = first_page_session) as first_page_ever_visited,
        {{ touch_columns('first_touch', 'first_rank') }},
        {{ touch_columns('last_touch', 'last_rank') }},
        {{ touch_columns('first_attributed_touch', 'first_paid_rank') }},
        {{ touch_columns('last_attributed_touch', 'last_paid_rank') }}
    from bounded
    group by alias_id, signup_timestamp
)

select * from final
