{{ config(
    incremental_strategy='sync',
    unique_key=['session_id', 'started_at'],
    meta={'partition_by': 'started_at', 'sync_scope': 'touched_aliases', 'leaf_storage': changing_leaf()},
    indexes=[
        {'columns': ['session_id', 'started_at'], 'unique': true},
        {'columns': ['alias_id'], 'type': 'hash'},
        {'columns': ['hashtextextended(alias_id, 0)']},
        {'columns': ['started_at']},
        {'columns': ['channel', 'started_at']},
        {'columns': ['signup_at']},
    ],
    pre_hook="{{ night_settings() }}",
    post_hook=["{{ request_rebuild_downstream() }}", "{{ build_indexes() }}", "{{ finish_step() }}"],
) }}

-- depends_on: {{ ref('touched_aliases') }}, {{ ref('build_steps') }}, {{ ref('identity_calls') }}
with identity_sessions as (
    select * from {{ ref('identity_sessions') }}
),

identity_map as not materialized (
    select * from {{ ref('identity_map') }}
),

known_pairs as (
    select * from {{ ref('known_pairs') }}
),

{% if rebuild_everything() -%}
runs as (
    select
        coalesce(identity_map.alias_id, identity_sessions.identity) as alias_id,
        identity_sessions.*
    from identity_sessions
    left join identity_map on identity_map.id = identity_sessions.identity
    {% if build_step() == 'merge' -%}
    where
        abs(mod({{ text_hash('coalesce(identity_map.alias_id, identity_sessions.identity)') }}, {{ var('build_step')['buckets'] }}))
        = {{ var('build_step')['bucket'] }}
    {%- elif build_step() in ['prepare', 'indexes'] -%}
    where false
    {%- endif %}
),

users_by_link as (
    select distinct user_id as alias_id from known_pairs
),
{%- else -%}
touched_aliases as (
    select distinct alias_id from {{ ref('touched_aliases') }}
),

-- the ids that lead to a touched alias now, itself included unless it leads elsewhere
members as (
    select
        identity_map.id as identity,
        identity_map.alias_id
    from touched_aliases
    inner join identity_map on identity_map.alias_id = touched_aliases.alias_id
    union all
    select
        touched_aliases.alias_id as identity,
        touched_aliases.alias_id
    from touched_aliases
    left join identity_map on identity_map.id = touched_aliases.alias_id
    where identity_map.id is null
),

member_runs as (
    select * from identity_sessions
    where {{ text_hash('identity') }} = {{ any_of(text_hash('members.identity'), 'members') }}
),

runs as (
    select
        members.alias_id,
        member_runs.*
    from members
    inner join member_runs on member_runs.identity = members.identity
),

users_by_link as (
    select alias_id
    from touched_aliases
    where exists (select 1 from known_pairs where known_pairs.user_id = touched_aliases.alias_id)
),
{%- endif %}

{% if var('exclude_email_domains') -%}
insiders as (
    {{ excluded_people(rebuild_everything()) }}
),
{%- endif %}

-- runs of one person that overlap or lie within the timeout are one session
marked as (
    select
        *,
        case
            when started_at <= max(ended_at) over (
                partition by alias_id order by started_at, ended_at, identity
                rows between unbounded preceding and 1 preceding
            ) + {{ session_timeout() }} then 0
            else 1
        end as starts_session
    from runs
),

numbered as (
    select
        *,
        sum(starts_session) over (
            partition by alias_id order by started_at, ended_at, identity rows unbounded preceding
        ) as session_number,
        starts_session = 1 and lead(starts_session, 1, 1) over (
            partition by alias_id order by started_at, ended_at, identity
        ) = 1 as is_whole,
        min(signup_at) over (partition by alias_id) as alias_signup_at,
        bool_or(has_user_id and identity = alias_id) over (partition by alias_id) as has_user_event,
        bool_or(exclusion_reason is not null) over (partition by alias_id) as has_excluded_run
    from marked
),

-- most sessions are one run; sorting those with the others would take most of the time
whole as not materialized (
    select
        alias_id,
        session_number,
        started_at,
        ended_at,
        event_count,
        page_view_count,
        signup_at,
        alias_signup_at,
        has_user_event,
        has_excluded_run,
        {% for column in entry_columns() -%}
        {{ column }},
        {% endfor -%}
        coalesce(last_page_url, first_page_url) as last_page_url,
        first_blog_at,
        first_blog_url
    from numbered
    where is_whole
),

ranked as (
    select
        *,
        row_number() over (
            partition by alias_id, session_number
            order by has_page desc, entry_at, entry_id, entry_source_name, identity
        ) as entry_rank,
        row_number() over (
            partition by alias_id, session_number
            order by
                last_page_at desc nulls last, coalesce(last_page_id, entry_id) desc,
                coalesce(last_page_source_name, entry_source_name) desc, identity
        ) as last_page_rank,
        row_number() over (
            partition by alias_id, session_number
            order by first_blog_at nulls last, first_blog_id, first_blog_source_name, identity
        ) as first_blog_rank
    from numbered
    where not is_whole
),

merged as materialized (
    select
        alias_id,
        session_number,
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        cast(sum(event_count) as bigint) as event_count,
        cast(sum(page_view_count) as bigint) as page_view_count,
        min(signup_at) as signup_at,
        alias_signup_at,
        has_user_event,
        has_excluded_run,
        {% for column in entry_columns() -%}
        {{ 'bool_or' if column == 'is_paid' else 'max' }}({{ column }}) filter (where entry_rank = 1) as {{ column }},
        {% endfor -%}
        max(coalesce(last_page_url, first_page_url)) filter (where last_page_rank = 1) as last_page_url,
        max(first_blog_at) filter (where first_blog_rank = 1) as first_blog_at,
        max(first_blog_url) filter (where first_blog_rank = 1) as first_blog_url
    from ranked
    group by alias_id, session_number, alias_signup_at, has_user_event, has_excluded_run
),

sessions as (
    select * from whole
    union all
    select * from merged
),

-- of people with a session that may not count: what comes first among those that do
mixed as (
    select alias_id, session_number, signup_at, exclusion_reason from whole where has_excluded_run
    union all
    select alias_id, session_number, signup_at, exclusion_reason from merged where has_excluded_run
),

counted as (
    select
        alias_id,
        min(signup_at) as alias_signup_at,
        min(session_number) as first_session_number
    from mixed
    where exclusion_reason is null
    group by alias_id
),

{% set counts = 'sessions.exclusion_reason is null' ~ (' and insiders.alias_id is null' if var('exclude_email_domains')) -%}
final as (
    select
        {{ session_id('sessions.alias_id', 'sessions.started_at') }} as session_id,
        sessions.alias_id,
        cast(sessions.session_number as integer) as session_number,
        sessions.started_at,
        sessions.ended_at,
        {{ seconds_between('sessions.started_at', 'sessions.ended_at') }} as duration_seconds,
        sessions.event_count,
        sessions.page_view_count,
        {% for column in entry_columns() if column != 'exclusion_reason' -%}
        sessions.{{ column }},
        {% endfor -%}
        {% if var('exclude_email_domains') -%}
        coalesce(sessions.exclusion_reason, case when insiders.alias_id is not null then 'email_domain' end) as exclusion_reason,
        {%- else -%}
        sessions.exclusion_reason,
        {%- endif %}
        sessions.last_page_url,
        sessions.first_blog_at,
        sessions.first_blog_url,
        sessions.signup_at,
        {{ counts }} and coalesce(
            sessions.signup_at = case
                when sessions.has_excluded_run then counted.alias_signup_at else sessions.alias_signup_at
            end,
            false
        ) as is_signup_session,
        {{ counts }} and coalesce(
            sessions.session_number = case when sessions.has_excluded_run then counted.first_session_number else 1 end, false
        ) as is_first_session,
        users_by_link.alias_id is not null or sessions.has_user_event as is_user
    from sessions
    left join users_by_link on users_by_link.alias_id = sessions.alias_id
    left join counted on counted.alias_id = sessions.alias_id and sessions.has_excluded_run
    {%- if var('exclude_email_domains') %}
    left join insiders on insiders.alias_id = sessions.alias_id
    {%- endif %}
)

select * from final
