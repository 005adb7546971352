-- The server, the session's role and the room for more sessions.
select
    current_setting('server_version') as version,
    current_setting('server_version_num')::integer as version_number,
    current_setting('server_encoding') as encoding,
    pg_is_in_recovery() as is_standby,
    current_setting('default_transaction_read_only') = 'on' as is_read_only,
    current_database() as database_name,
    current_user as role_name,
    pg_has_role('pg_read_all_stats', 'usage') as sees_others,
    extract(epoch from clock_timestamp())::double precision as server_seconds,
    (
        current_setting('max_connections')::integer
        - current_setting('superuser_reserved_connections')::integer
        - (select count(*) from pg_stat_activity where backend_type = 'client backend')
    )::integer as free_sessions,
    exists (
        select 1 from pg_stat_ssl as ssl
        where ssl.pid = pg_backend_pid() and ssl.ssl
    ) as is_encrypted;
