-- A run begins. Identifiers: {schema} of runs; parameters: its columns
insert into {schema}.runs (
    run_id, started_at, status, command, host_name, os_user, db_user, process_id, version, settings_fingerprint
)
values (
    %(run_id)s, %(started_at)s, 'running', %(command)s, %(host_name)s, %(os_user)s, current_user, %(process_id)s,
    %(version)s, %(settings_fingerprint)s
);
