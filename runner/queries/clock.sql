-- The server's own clock and version: what "this month" and "supported" mean.
select
    now() as server_time,
    current_setting('server_version_num')::integer as version_number,
    current_setting('server_version') as version;
