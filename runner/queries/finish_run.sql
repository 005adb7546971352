-- A run ended. Identifiers: {schema} of runs; parameters: its columns
update {schema}.runs
set
    finished_at = now(),
    status = %(status)s,
    exit_code = %(exit_code)s,
    error = %(error)s,
    rows_read = %(rows_read)s,
    rows_kept = %(rows_kept)s,
    rows_duplicate = %(rows_duplicate)s,
    rows_rejected = %(rows_rejected)s
where run_id = %(run_id)s;
