-- The tables of Segment sources: who may read them, how large they are and which of the columns that count they have.
-- Parameters: %(schemas)s text[], %(tables)s text[]
select
    namespace.nspname as schema_name,
    class.relname as table_name,
    class.relkind::text as kind,
    has_schema_privilege(namespace.oid, 'usage') as may_use_schema,
    has_table_privilege(class.oid, 'select') as may_select,
    pg_catalog.pg_get_userbyid(class.relowner) as owner_name,
    pg_table_size(class.oid)::bigint as bytes,
    class.reltuples::bigint as row_estimate,
    (
        select coalesce(json_object_agg(attribute.attname, format_type(attribute.atttypid, null)), '{}'::json)
        from pg_attribute as attribute
        where
            attribute.attrelid = class.oid
            and attribute.attnum > 0
            and not attribute.attisdropped
            and attribute.attname in ('id', 'timestamp', 'received_at', 'anonymous_id', 'user_id', 'previous_id')
    ) as columns
from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where
    namespace.nspname = any(%(schemas)s)
    and class.relname = any(%(tables)s)
    and class.relkind in ('r', 'p', 'v', 'm', 'f')
order by namespace.nspname, array_position(%(tables)s::text [], class.relname::text);
