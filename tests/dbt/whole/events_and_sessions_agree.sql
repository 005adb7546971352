-- every event is in one run, and every run in one session
{{ config(tags=['whole_table']) }}

with totals as (
    select
        (select count(*) from {{ ref('app_tracks') }}) as events,
        (select coalesce(sum(event_count), 0) from {{ ref('identity_sessions') }}) as events_in_runs,
        (select coalesce(sum(event_count), 0) from {{ ref('all_sessions') }}) as events_in_sessions
)

select *
from totals
where events <> events_in_runs or events <> events_in_sessions
