-- A run begins, or what was told of it is in doubt. Identifiers: {schema} of runs; parameters: its columns
insert into {schema}.runs (
    run_id, started_at, status, command, host_name, os_user, db_user, process_id, version, settings_fingerprint
)
select
    %(run_id)s, %(started_at)s::timestamptz, 'running', %(command)s, %(host_name)s, %(os_user)s, current_user,
    %(process_id)s::integer, %(version)s, %(settings_fingerprint)s
where not exists (select from {schema}.runs where run_id = %(run_id)s);
