{{ config(
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    post_hook="{{ close_the_books() }}",
) }}

-- the last step of a run: what it read and what became of it; then the lists of touched keys are emptied
-- depends_on: {{ ref('settings_in_force') }}, {{ ref('run_totals') }}, {{ ref('night_checks') }}, {{ ref('source_cursors') }}, {{ ref('source_columns') }}
{% if var('reporting') -%}
-- depends_on: {{ ref('touch_credit') }}, {{ ref('signup_activity') }}, {{ ref('self_report_answers') }}, {{ ref('ad_costs') }}
{%- endif %}
-- depends_on: {{ ref('build_steps') }}, {{ ref('rejected_events') }}, {{ ref('identity_calls') }}, {{ ref('source_rereads') }}
with arrived as (
    select source_name, source_table, verdict, row_count from {{ ref('arrived_events') }} where row_kind = 'count'
    union all
    select source_name, source_table, verdict, row_count from {{ ref('arrived_identity_calls') }} where row_kind = 'count'
),

read_whole as (
    select
        source_name,
        source_table,
        reject_reason
    from {{ ref('stg_segment__events') }}
    {%- if build_step() == 'finish' %}
    where false
    {%- else %}
    where exists (select 1 from {{ ref('arrived_events') }} as arrived_events where arrived_events.row_kind = 'full')
    {%- endif %}
    union all
    select
        source_name,
        source_table,
        reject_reason
    from {{ ref('stg_segment__identity_calls') }}
    where exists (select 1 from {{ ref('arrived_identity_calls') }} as calls where calls.row_kind = 'full')
),

kept_whole as (
    select
        source_name,
        source_table
    from {{ ref('app_tracks') }}
    {%- if build_step() == 'finish' %}
    where false
    {%- else %}
    where exists (select 1 from {{ ref('arrived_events') }} as arrived_events where arrived_events.row_kind = 'full')
    {%- endif %}
    union all
    select
        source_name,
        source_table
    from {{ ref('identity_calls') }}
    where exists (select 1 from {{ ref('arrived_identity_calls') }} as calls where calls.row_kind = 'full')
),

-- a build by months has counted as it went: an event that was read is kept, was removed, or is rejected
{% if build_step() == 'finish' -%}
built_by_months as (
    select
        source_name,
        source_table,
        'new' as verdict,
        count(*) as row_count
    from {{ ref('app_tracks') }}
    group by source_name, source_table
    union all
    select
        source_name,
        source_table,
        'duplicate' as verdict,
        sum(row_count) as row_count
    from {{ ref('build_steps') }}
    where kind = 'removed'
    group by source_name, source_table
    union all
    select
        source_name,
        source_table,
        'rejected' as verdict,
        count(*) as row_count
    from {{ ref('rejected_events') }}
    group by source_name, source_table
    {%- if has_forgotten_ids() %}
    union all
    -- of these nothing is kept that could be counted
    select
        source_name,
        source_table,
        'forgotten' as verdict,
        count(*) as row_count
    from {{ ref('stg_segment__events') }}
    where reject_reason = 'forgotten'
    group by source_name, source_table
    {%- endif %}
),
{%- endif %}

counted as (
    {% if build_step() == 'finish' -%}
    select * from built_by_months
    union all
    {%- endif %}
    select
        source_name,
        source_table,
        verdict,
        row_count
    from arrived
    union all
    select
        source_name,
        source_table,
        case
            when reject_reason is null then 'accepted'
            when reject_reason = 'forgotten' then 'forgotten'
            else 'rejected'
        end as verdict,
        count(*) as row_count
    from read_whole
    group by 1, 2, 3
    union all
    select
        source_name,
        source_table,
        'kept' as verdict,
        count(*) as row_count
    from kept_whole
    group by 1, 2
),

final as (
    select
        current_timestamp as loaded_at,
        source_name,
        source_table,
        sum(case when verdict <> 'kept' then row_count else 0 end) as rows_read,
        sum(case when verdict in ('new', 'better', 'kept') then row_count else 0 end) as rows_kept,
        sum(case when verdict = 'known' then row_count else 0 end) as rows_known,
        sum(case verdict when 'duplicate' then row_count when 'accepted' then row_count when 'kept' then -row_count else 0 end) as rows_duplicate,
        sum(case when verdict = 'rejected' then row_count else 0 end) as rows_rejected,
        sum(case when verdict = 'forgotten' then row_count else 0 end) as rows_forgotten
    from counted
    group by source_name, source_table
)

select * from final
