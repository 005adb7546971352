-- Storage settings and statistics targets of the newest month of a table: a new month takes them over.
-- The default target is null from PostgreSQL 17 on, -1 before.
-- Parameters: %(schema_name)s, %(table_name)s
select
    coalesce(leaf.reloptions, '{}') as options,
    coalesce(
        (
            select jsonb_object_agg(attribute.attname, attribute.attstattarget order by attribute.attnum)
            from pg_attribute as attribute
            where
                attribute.attrelid = leaf.oid
                and attribute.attnum > 0
                and not attribute.attisdropped
                and attribute.attstattarget >= 0
        ),
        '{}'
    ) as statistics_targets
from pg_class as parent
inner join pg_namespace as namespace on namespace.oid = parent.relnamespace
inner join pg_inherits as inherits on inherits.inhparent = parent.oid
inner join pg_class as leaf on leaf.oid = inherits.inhrelid
where
    namespace.nspname = %(schema_name)s
    and parent.relname = %(table_name)s
order by leaf.relname desc
limit 1;
