{{ config(incremental_strategy='replace') }}

-- how a first build is cut: months of arrival to read, months of event time to hold them
{%- set tables = segment_tables(['tracks', 'pages', 'screens']) %}
with moments as (
    {%- for table in tables %}
    select
        {{ source_time(table, 'received_at') }} as received_at,
        {{ source_time(table, 'timestamp') }} as "timestamp"
    from {{ table['relation'] }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as timestamp with time zone) as received_at,
        cast(null as timestamp with time zone) as "timestamp"
    where false
    {%- endfor %}
),

months as (
    select
        date_trunc('month', received_at at time zone 'UTC') as arrival_month,
        date_trunc('month', "timestamp" at time zone 'UTC') as event_month,
        count(*) as row_count
    from moments
    where
        received_at is not null
        and "timestamp" >= cast('2000-01-01 00:00:00+00' as timestamp with time zone)
        and "timestamp" < cast('10000-01-01 00:00:00+00' as timestamp with time zone)
        and "timestamp" <= received_at + interval '24 hours'
    group by 1, 2
),

final as (
    select
        'arrival' as kind,
        to_char(arrival_month, 'YYYY-MM') as month,
        sum(row_count) as row_count
    from months
    where isfinite(arrival_month) and arrival_month < cast('10000-01-01' as timestamp)
    group by arrival_month
    union all
    select
        'event' as kind,
        to_char(event_month, 'YYYY-MM') as month,
        sum(row_count) as row_count
    from months
    group by event_month
)

select * from final
