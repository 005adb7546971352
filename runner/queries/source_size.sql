-- Bytes in the Segment tables of these schemas; decides whether a first build goes month by month.
-- Parameters: %(schemas)s text[]
select coalesce(sum(pg_table_size(class.oid)), 0)::bigint as bytes
from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where
    namespace.nspname = any(%(schemas)s)
    and class.relname in ('tracks', 'pages', 'screens', 'identifies', 'aliases')
    and class.relkind in ('r', 'm');
