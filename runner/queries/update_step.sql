-- An attempt of a step ended. Identifiers: {schema} of steps
update {schema}.steps
set
    seconds = %(seconds)s,
    outcome = %(outcome)s,
    row_count = %(row_count)s,
    sqlstate = %(sqlstate)s,
    error = %(error)s,
    blocked_by = %(blocked_by)s,
    nodes_left = %(nodes_left)s
where run_id = %(run_id)s and step_number = %(step_number)s;
