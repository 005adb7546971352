-- An attempt of a step begins or, where it is told late, has ended. Identifiers: {schema} of steps
insert into {schema}.steps (
    run_id, step_number, step_name, attempt, started_at, seconds, outcome, row_count, sqlstate, error, blocked_by,
    nodes_left
)
values (
    %(run_id)s, %(step_number)s, %(step_name)s, %(attempt)s, %(started_at)s, %(seconds)s, %(outcome)s, %(row_count)s,
    %(sqlstate)s, %(error)s, %(blocked_by)s, %(nodes_left)s
);
