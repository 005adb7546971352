-- Tables with the name of a month of a partitioned table of ours that are no partition: the month cannot be made
-- while they have its name.
-- Parameters: %(schemas)s text[]
select
    namespace.nspname as schema_name,
    parent.relname as table_name,
    attribute.attname as column_name,
    lone.relname as leaf_name
from pg_class as parent
inner join pg_namespace as namespace on namespace.oid = parent.relnamespace
inner join pg_partitioned_table as partitioned on partitioned.partrelid = parent.oid
inner join pg_attribute as attribute
    on attribute.attrelid = parent.oid and attribute.attnum = partitioned.partattrs[0]
inner join pg_class as lone
    on
        lone.relnamespace = parent.relnamespace
        and lone.relkind in ('r', 'p', 'f', 'v', 'm')
        and not lone.relispartition
        and left(lone.relname, length(parent.relname)) = parent.relname
        and substr(lone.relname, length(parent.relname) + 1) ~ '^_\d{4,5}_(0[1-9]|1[0-2])$'
where
    namespace.nspname = any(%(schemas)s)
    and parent.relname !~ '__dbt_'
order by namespace.nspname, lone.relname;
