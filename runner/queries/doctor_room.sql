-- Where the database's files are, for those who may know, and how large it and the project's tables are.
-- Parameters: %(schemas)s text[]: of the project
select
    (
        select coalesce(nullif(pg_tablespace_location(place.dattablespace), ''), settings.setting)
        from pg_database as place
        left join pg_settings as settings on settings.name = 'data_directory'
        where place.datname = current_database()
    ) as folder,
    pg_backend_pid() as pid,
    (
        select coalesce(sum(pg_total_relation_size(class.oid)), 0)::bigint
        from pg_class as class
        inner join pg_namespace as namespace on namespace.oid = class.relnamespace
        where namespace.nspname = any(%(schemas)s) and class.relkind in ('r', 'm')
    ) as project_bytes,
    current_setting('temp_file_limit') as temporary_limit;
