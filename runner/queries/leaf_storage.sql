-- Storage settings of the newest month of a table: a new month takes them over.
-- Parameters: %(schema_name)s, %(table_name)s
select coalesce(leaf.reloptions, '{}') as options
from pg_class as parent
inner join pg_namespace as namespace on namespace.oid = parent.relnamespace
inner join pg_inherits as inherits on inherits.inhparent = parent.oid
inner join pg_class as leaf on leaf.oid = inherits.inhrelid
where
    namespace.nspname = %(schema_name)s
    and parent.relname = %(table_name)s
order by leaf.relname desc
limit 1;
