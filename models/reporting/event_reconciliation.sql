{{ config(
    enabled=var('reporting'),
    incremental_strategy='sync',
    unique_key=['event_day', 'source_name'],
    meta={'sync_scope': 'everything'},
    tags=['on_demand'],
) }}

{%- set tables = segment_tables(['tracks', 'pages', 'screens']) %}
-- reads the whole source and all months: part of dbt build and of nightly --full-tests, not of every night
-- depends_on: {{ ref('night_checks') }}
with source_rows as (
    {%- for table in tables %}
    select
        {{ sql_list([table['source_name']]) }} as source_name,
        {{ source_time(table, 'timestamp') }} as happened_at
    from {{ table['relation'] }} as segment_row
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as text) as source_name,
        cast(null as timestamp with time zone) as happened_at
    where false
    {%- endfor %}
),

app_tracks as (
    select * from {{ ref('app_tracks') }}
),

rejected_events as (
    select * from {{ ref('rejected_events') }}
),

read_by_day as (
    select
        {{ day_of('happened_at') }} as event_day,
        source_name,
        count(*) as rows_in_source
    from source_rows
    group by 1, 2
),

kept_by_day as (
    select
        {{ day_of('"timestamp"') }} as event_day,
        source_name,
        count(*) as events_kept
    from app_tracks
    group by 1, 2
),

rejected_by_day as (
    select
        {{ day_of('"timestamp"') }} as event_day,
        source_name,
        count(*) as rows_rejected
    from rejected_events
    group by 1, 2
),

final as (
    select
        event_day,
        source_name,
        coalesce(read_by_day.rows_in_source, 0) as rows_in_source,
        coalesce(kept_by_day.events_kept, 0) as events_kept,
        coalesce(rejected_by_day.rows_rejected, 0) as rows_rejected,
        coalesce(read_by_day.rows_in_source, 0) - coalesce(kept_by_day.events_kept, 0)
        - coalesce(rejected_by_day.rows_rejected, 0) as copies
    from read_by_day
    full outer join kept_by_day using (event_day, source_name)
    full outer join rejected_by_day using (event_day, source_name)
)

select * from final
