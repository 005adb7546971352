{{ config(
    incremental_strategy='sync',
    unique_key=['alias_id', 'signup_timestamp'],
    meta={'partition_by': 'signup_timestamp', 'sync_scope': 'touched_aliases', 'leaf_storage': changing_leaf()},
    indexes=[
        {'columns': ['alias_id'], 'type': 'hash'},
        {'columns': ['hashtextextended(alias_id, 0)']},
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
    pre_hook=["{{ night_settings() }}", "{{ keep_attribution_before() }}"],
    post_hook=["{{ record_attribution_changes() }}", "{{ request_rebuild_downstream() }}"],
) }}

{% if var('reporting') -%}
-- depends_on: {{ ref('attribution_changes') }}
{%- endif %}
-- depends_on: {{ ref('map_changes') }}, {{ ref('rebuild_requests') }}, {{ ref('identity_map') }}, {{ ref('touched_aliases') }}

with all_sessions as {% if rebuild_everything() %}not materialized {% endif %}(
    {{ touched_sessions() }}
),

signups as (
    {{ signups_of('all_sessions') }}
),

-- a touch after the signup brought nobody: only sessions that started at or before it count
candidates as (
    select
        all_sessions.*,
        signups.signup_timestamp,
        all_sessions.started_at <= signups.signup_timestamp as is_touch
    from signups
    inner join all_sessions on all_sessions.alias_id = signups.alias_id
    where all_sessions.exclusion_reason is null
),

-- which session of each person is which touch, by its number
numbered as (
    select
        *,
        min(session_number) filter (where is_touch) over by_alias as first_touch_session,
        max(session_number) filter (where is_touch) over by_alias as last_touch_session,
        min(session_number) filter (where is_touch and is_paid) over by_alias as first_paid_session,
        max(session_number) filter (where is_touch and is_paid) over by_alias as last_paid_session,
        min(session_number) filter (where first_blog_at <= signup_timestamp) over by_alias as first_blog_session,
        min(session_number) filter (where first_page_url is not null) over by_alias as first_page_session
    from candidates
    window by_alias as (partition by alias_id)
),

final as (
    select
        alias_id,
        signup_timestamp,
        -- the signup session is the last touch
        cast(count(*) filter (where is_touch) - 1 as integer) as session_count_before_signup,
        max(first_blog_url) filter (where session_number = first_blog_session) as blog_url,
        max(first_page_url) filter (where session_number = first_page_session) as first_page_ever_visited,
        {{ touch_columns('first_touch', 'first_touch_session') }},
        {{ touch_columns('last_touch', 'last_touch_session') }},
        {{ touch_columns('first_attributed_touch', 'first_paid_session') }},
        {{ touch_columns('last_attributed_touch', 'last_paid_session') }}
    from numbered
    group by alias_id, signup_timestamp
)

select * from final
