-- The last attempt of each step of the last run before this one. Identifiers: {schema} of runs and steps;
-- parameter: %(run_id)s of the run that asks
with last_run as (
    select
        run_id,
        status
    from {schema}.runs
    where run_id <> %(run_id)s
    order by started_at desc, run_id
    limit 1
),

final as (
    select distinct on (steps.step_name)
        last_run.status,
        steps.step_name,
        steps.outcome,
        steps.nodes_left
    from last_run
    inner join {schema}.steps as steps on steps.run_id = last_run.run_id
    order by steps.step_name, steps.step_number desc
)

select * from final;
