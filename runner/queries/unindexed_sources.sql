-- Segment tables of some size without an index that begins with received_at: a night reads them whole.
-- Parameters: %(schemas)s text[], %(smallest)s bytes
select
    namespace.nspname as schema_name,
    class.relname as table_name
from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
inner join pg_attribute as attribute
    on attribute.attrelid = class.oid and attribute.attname = 'received_at' and not attribute.attisdropped
where
    namespace.nspname = any(%(schemas)s)
    and class.relname in ('tracks', 'pages', 'screens', 'identifies', 'aliases')
    and class.relkind in ('r', 'm')
    and pg_table_size(class.oid) >= %(smallest)s
    and not exists (
        select 1
        from pg_index as index
        where
            index.indrelid = class.oid
            and index.indisvalid
            and index.indkey[0] = attribute.attnum
    )
order by namespace.nspname, class.relname;
