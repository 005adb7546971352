-- 1, 2, ... by start, and further apart than the timeout
{{ config(tags=['whole_table']) }}

with ordered as (
    select
        alias_id,
        session_number,
        row_number() over (partition by alias_id order by started_at) as expected_number,
        started_at - lag(ended_at) over (partition by alias_id order by started_at) as gap
    from {{ ref('all_sessions') }}
)

select *
from ordered
where session_number <> expected_number or gap <= {{ session_timeout() }}
