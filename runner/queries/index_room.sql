-- Where the files of an index are, for those who may know: nothing where this role may not see the data directory.
-- Parameters: %(schema_name)s, %(index_name)s
select
    coalesce(nullif(pg_tablespace_location(coalesce(nullif(class.reltablespace, 0), place.dattablespace)), ''), settings.setting) as folder,
    pg_backend_pid() as pid
from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
inner join pg_database as place on place.datname = current_database()
inner join pg_settings as settings on settings.name = 'data_directory'
where namespace.nspname = %(schema_name)s and class.relname = %(index_name)s;
