{{ config(
    incremental_strategy='sync',
    unique_key=['identity', 'started_at'],
    meta={
        'partition_by': 'started_at',
        'sync_scope': 'identity_sessions',
        'hashed_key': ['identity'],
        'packed_indexes': true,
        'leaf_storage': changing_leaf(),
        'leaf_statistics': {'identity': 500, 'started_at': 100, 'ended_at': 100, 'others': 0},
    },
    indexes=[{'columns': ['hashtextextended(identity, 0)', 'ended_at']}],
    pre_hook=["{{ night_settings() }}", "{{ analyze_month() }}"],
    post_hook=["{{ request_rebuild_downstream() }}", "{{ build_indexes() }}", "{{ finish_step() }}"],
) }}

{#- numbers of one length compare as texts as they do as numbers -#}
{%- set event_order = "cast(1000000000000 + event_number as " ~ dbt.type_string() ~ ")" %}

-- depends_on: {{ ref('touched_identities') }}, {{ ref('build_steps') }}
-- depends_on: {{ ref('channel_rules') }}, {{ ref('paid_media') }}, {{ ref('click_ids') }}, {{ ref('crawler_user_agents') }}
with app_tracks as (
    select * from {{ ref('app_tracks') }}
),

{% if not rebuild_everything() -%}
spans as (
    {{ touched_spans(ref('touched_identities'), this) }}
),
{%- endif %}

events as {% if rebuild_everything() %}not materialized {% endif %}(
    select
        {{ raw_identity('app_tracks') }} as identity,
        app_tracks."timestamp",
        app_tracks.id,
        app_tracks.source_name,
        app_tracks.user_id is not null as has_user_id,
        app_tracks.page_url,
        app_tracks.referrer,
        app_tracks.context_campaign_source,
        app_tracks.context_campaign_medium,
        app_tracks.context_campaign_name,
        app_tracks.context_campaign_term,
        app_tracks.context_campaign_content,
        app_tracks.context_ip as ip,
        app_tracks.context_user_agent as user_agent,
        {{ is_page_view('app_tracks') }} as is_page_view,
        {{ is_signup('app_tracks') }} as is_signup,
        {{ is_blog_page('app_tracks.page_url') }} as is_blog_page
    {% if not rebuild_everything() -%}
    from spans
    cross join {{ events_within('spans') }} as app_tracks
    {%- else -%}
    from app_tracks
    {%- endif %}
    {%- if build_step() == 'sessions' %}
    where
        app_tracks."timestamp" >= cast('{{ var('build_step')['from'] }}' as timestamp with time zone)
        and app_tracks."timestamp" < cast('{{ var('build_step')['to'] }}' as timestamp with time zone)
    {%- elif build_step() in ['prepare', 'indexes'] %}
    where false
    {%- endif %}
),

{% if var('exclude_user_agents') -%}
crawlers as (
    {{ crawler_agents('events') }}
),
{%- endif %}

-- judged before the sort, so that agent and address need not be carried through it
judged as (
    select
        events.identity,
        events."timestamp",
        events.id,
        events.source_name,
        events.has_user_id,
        events.page_url,
        events.referrer,
        events.context_campaign_source,
        events.context_campaign_medium,
        events.context_campaign_name,
        events.context_campaign_term,
        events.context_campaign_content,
        events.is_page_view,
        events.is_signup,
        events.is_blog_page,
        {{ event_exclusion() }} as event_exclusion
    from events
    {% if var('exclude_user_agents') -%}
    left join crawlers on crawlers.user_agent = {{ agent_as_judged('events.user_agent') }}
    {%- endif %}
),

-- a gap above the timeout starts a run; a gap of exactly the timeout does not
marked as (
    select
        *,
        row_number() over by_time as event_number,
        coalesce("timestamp" - lag("timestamp") over by_time > {{ session_timeout() }}, true) as starts_run
    from judged
    window by_time as (partition by identity order by "timestamp", id, source_name)
),

numbered as (
    select
        *,
        sum(case when starts_run then 1 else 0 end) over (
            partition by identity order by "timestamp", id, source_name rows unbounded preceding
        ) as run_number
    from marked
),

-- the least and greatest of arrays that begin with an event's place carry that event's facts along:
-- one pass, where picking rows by rank would sort every event again. Only the first event and those with
-- a page can be an entry.
picked as (
    select
        identity,
        min("timestamp") as started_at,
        max("timestamp") as ended_at,
        count(*) as event_count,
        count(*) filter (where is_page_view) as page_view_count,
        bool_or(has_user_id) as has_user_id,
        min("timestamp") filter (where is_signup) as signup_at,
        bool_or(page_url is not null) as has_page,
        max("timestamp") filter (where page_url is not null) as last_page_at,
        min("timestamp") filter (where is_blog_page) as first_blog_at,
        min("timestamp") filter (where page_url is not null) as first_page_at,
        min(array[
            case when page_url is not null then '0' else '1' end, {{ event_order }}, id, source_name, page_url, referrer,
            context_campaign_source, context_campaign_medium, context_campaign_name,
            context_campaign_term, context_campaign_content, event_exclusion
        ]) filter (where starts_run or page_url is not null) as entry,
        max(array[{{ event_order }}, id, source_name, page_url]) filter (where page_url is not null) as last_page,
        min(array[{{ event_order }}, id, source_name, page_url]) filter (where is_blog_page) as first_blog
    from numbered
    group by identity, run_number
),

runs as (
    select
        identity,
        started_at,
        ended_at,
        event_count,
        page_view_count,
        has_user_id,
        signup_at,
        has_page,
        coalesce(first_page_at, started_at) as entry_at,
        entry[3] as entry_id,
        entry[4] as entry_source_name,
        entry[5] as first_page_url,
        entry[6] as page_referrer,
        entry[7] as context_campaign_source,
        entry[8] as context_campaign_medium,
        entry[9] as context_campaign_name,
        entry[10] as context_campaign_term,
        entry[11] as context_campaign_content,
        entry[12] as event_exclusion,
        last_page_at,
        -- most runs have one page: what is null here is as at the entry
        nullif(last_page[2], entry[3]) as last_page_id,
        nullif(last_page[3], entry[4]) as last_page_source_name,
        nullif(last_page[4], entry[5]) as last_page_url,
        first_blog_at,
        first_blog[2] as first_blog_id,
        first_blog[3] as first_blog_source_name,
        first_blog[4] as first_blog_url
    from picked
),

entries as (
    {{ entry_facts('runs') }}
),

final as (
    {{ classified_entries('entries') }}
)

select * from final
