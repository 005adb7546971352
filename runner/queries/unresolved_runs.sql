-- Runs that were not done since the last one that was, the newest first, and the step each failed in. An alert may
-- be open for each of them. Identifiers: {schema} of runs and steps; parameter: %(run_id)s of the run that asks
with last_done as (
    select max(started_at) as started_at
    from {schema}.runs
    where status = 'done' and run_id <> %(run_id)s
),

failed as (
    select
        runs.run_id,
        runs.status,
        runs.started_at
    from {schema}.runs as runs
    cross join last_done
    where
        runs.run_id <> %(run_id)s
        and runs.status in ('failed', 'stopped', 'died')
        and (last_done.started_at is null or runs.started_at > last_done.started_at)
    order by runs.started_at desc, runs.run_id
    limit 20
),

final as (
    select
        failed.run_id,
        failed.status,
        failed.started_at,
        coalesce((
            select steps.step_name
            from {schema}.steps as steps
            where steps.run_id = failed.run_id and steps.outcome in ('failed', 'stopped')
            order by steps.step_number desc
            limit 1
        ), 'run') as step_name
    from failed
)

select * from final
order by started_at desc, run_id;
