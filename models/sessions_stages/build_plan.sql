{{ config(incremental_strategy='replace', pre_hook="set local timezone = 'UTC'") }}

-- how a first build is cut: months of arrival to read, months of event time to hold them, and how far each
-- table was written when it began. Any other run has no such plan.
{%- set tables = segment_tables(['tracks', 'pages', 'screens']) if build_step() == 'plan' else [] %}
with moments as (
    {%- for table in tables %}
    select
        {{ sql_list([table['source_name']]) }} as source_name,
        {{ sql_list([table['table_name']]) }} as source_table,
        {{ source_time(table, 'received_at') }} as received_at,
        {{ source_time(table, 'timestamp') }} as "timestamp"
    from {{ table['relation'] }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as text) as source_name,
        cast(null as text) as source_table,
        cast(null as timestamp with time zone) as received_at,
        cast(null as timestamp with time zone) as "timestamp"
    where false
    {%- endfor %}
),

-- by day first: a day is a cast away in this session's time zone, which is UTC, and a month a function
days as (
    select
        source_name,
        source_table,
        -- the last month is open to its end: what arrives in no year at all is read with it
        cast(least(received_at, cast('9999-12-31 00:00:00+00' as timestamp with time zone)) as date) as arrival_day,
        cast("timestamp" as date) as event_day,
        count(*) as row_count,
        max(received_at) filter (where received_at <= current_timestamp) as received_at
    from moments
    where
        received_at is not null
        and "timestamp" >= cast('2000-01-01 00:00:00+00' as timestamp with time zone)
        and "timestamp" < cast('10000-01-01 00:00:00+00' as timestamp with time zone)
        and "timestamp" - interval '24 hours' <= received_at
    group by 1, 2, 3, 4
),

final as (
    select
        'arrival' as kind,
        cast(null as text) as source_name,
        cast(null as text) as source_table,
        to_char(arrival_day, 'YYYY-MM') as month,
        sum(row_count) as row_count,
        cast(null as timestamp with time zone) as received_at
    from days
    group by to_char(arrival_day, 'YYYY-MM')
    union all
    select
        'event' as kind,
        null as source_name,
        null as source_table,
        to_char(event_day, 'YYYY-MM') as month,
        sum(row_count) as row_count,
        null as received_at
    from days
    group by to_char(event_day, 'YYYY-MM')
    union all
    select
        'cursor' as kind,
        source_name,
        source_table,
        null as month,
        sum(row_count) as row_count,
        max(received_at) as received_at
    from days
    group by source_name, source_table
)

select * from final
