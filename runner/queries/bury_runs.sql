-- Runs that never said they ended, while nobody else holds the lock: they died.
-- Identifiers: {schema} of runs; parameter: %(run_id)s of the run that asks
update {schema}.runs
set
    status = 'died',
    error = coalesce(error, 'the process ended without a word')
where status = 'running' and run_id <> %(run_id)s
returning run_id, started_at, host_name, process_id;
