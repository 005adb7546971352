-- Schemas that look like one that Segment writes to: where to look when the setting names another.
-- Parameters: %(skipped)s text[]: schemas of the project
select namespace.nspname as schema_name
from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
inner join pg_attribute as attribute
    on attribute.attrelid = class.oid and attribute.attname = 'received_at' and not attribute.attisdropped
where
    class.relname = 'tracks'
    and class.relkind in ('r', 'p', 'v', 'm', 'f')
    and not namespace.nspname = any(%(skipped)s)
order by namespace.nspname
limit 3;
