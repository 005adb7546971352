-- Tables of these schemas that have a column with an id of a person; Segment keeps a table an event beside tracks,
-- and users, whose id is the user's.
-- Parameters: %(schemas)s text[]
select
    namespace.nspname as schema_name,
    class.relname as table_name,
    class.relkind in ('r', 'p') as is_table,
    has_table_privilege(class.oid, 'delete') and has_table_privilege(class.oid, 'select') as may_delete,
    array_agg(cast(attribute.attname as text) order by attribute.attnum) as id_columns
from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
inner join pg_attribute as attribute
    on
        attribute.attrelid = class.oid
        and attribute.attnum > 0
        and not attribute.attisdropped
        and (attribute.attname in ('anonymous_id', 'user_id', 'previous_id') or (class.relname = 'users' and attribute.attname = 'id'))
where
    namespace.nspname = any(%(schemas)s)
    and class.relkind in ('r', 'p', 'v', 'm', 'f')
    and not class.relispartition
group by namespace.nspname, class.relname, class.relkind, class.oid
order by namespace.nspname, class.relname;
