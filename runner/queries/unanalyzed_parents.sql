-- Partitioned tables without statistics of the whole, or with such of more than a week ago: nothing but an
-- analyze of the table itself gathers them.
-- Parameter: %(schemas)s text[]
select
    namespace.nspname as schema_name,
    class.relname as table_name
from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where
    namespace.nspname = any(%(schemas)s)
    and class.relkind = 'p'
    and coalesce(pg_stat_get_last_analyze_time(class.oid), '-infinity') < now() - interval '7 days'
order by namespace.nspname, class.relname;
