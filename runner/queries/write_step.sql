-- An attempt of a step begins or ends, or is told late. Identifiers: {schema} of steps; parameters: its columns
with updated as (
    update {schema}.steps
    set
        seconds = %(seconds)s,
        outcome = %(outcome)s,
        row_count = %(row_count)s,
        sqlstate = %(sqlstate)s,
        error = %(error)s,
        blocked_by = %(blocked_by)s,
        nodes_left = %(nodes_left)s
    where run_id = %(run_id)s and step_number = %(step_number)s
    returning step_number
)

insert into {schema}.steps (
    run_id, step_number, step_name, attempt, started_at, seconds, outcome, row_count, sqlstate, error, blocked_by,
    nodes_left
)
select
    %(run_id)s, %(step_number)s, %(step_name)s, %(attempt)s, %(started_at)s::timestamptz, %(seconds)s::double precision,
    %(outcome)s, %(row_count)s::bigint, %(sqlstate)s, %(error)s, %(blocked_by)s, %(nodes_left)s
where not exists (select from updated);
