{{ config(
    incremental_strategy='sync',
    unique_key=['source_name', 'source_table'],
    meta={'sync_scope': 'everything'},
) }}

-- moved only after the rows are in: a run that dies in between reads them again
-- depends_on: {{ ref('rejected_events') }}
with arrived as (
    select source_name, source_table, received_at, row_kind from {{ ref('arrived_events') }}
    union all
    select source_name, source_table, received_at, row_kind from {{ ref('arrived_identity_calls') }}
),

-- a build from scratch has no batch: there the rows kept tell how far it read
built as (
    select
        source_name,
        source_table,
        max(received_at) as received_at
    from {{ ref('app_tracks') }}
    where
        received_at <= current_timestamp
        {%- if build_step() == 'finish' %}
        and false
        {%- else %}
        and exists (select 1 from {{ ref('arrived_events') }} as arrived_events where arrived_events.row_kind = 'full')
        {%- endif %}
    group by source_name, source_table
    union all
    -- a build by months reads to the end; what came in meanwhile is read once more
    select
        source_name,
        source_table,
        received_at
    from {{ ref('build_plan') }}
    where kind = 'cursor' and {{ 'true' if build_step() == 'finish' else 'false' }}
    union all
    select
        source_name,
        source_table,
        max(received_at) as received_at
    from {{ ref('identity_calls') }}
    where received_at <= current_timestamp and exists (select 1 from {{ ref('arrived_identity_calls') }} as calls where calls.row_kind = 'full')
    group by source_name, source_table
),

seen as (
    select
        source_name,
        source_table,
        received_at
    from arrived
    where row_kind = 'count'
    union all
    select
        source_name,
        source_table,
        received_at
    from built
    {% if is_incremental() -%}
    union all
    select
        source_name,
        source_table,
        cursor_at as received_at
    from {{ this }}
    {%- endif %}
),

final as (
    select
        source_name,
        source_table,
        max(received_at) as cursor_at
    from seen
    where received_at is not null and isfinite(received_at)
    group by source_name, source_table
)

select * from final
