-- Indexes that are written to and never read, or not even that: left by a create or reindex that did not end, or being
-- built now. Those of toast tables count with their table's schema.
-- Parameters: %(schemas)s text[]
with invalid as (
    select
        index.indexrelid,
        index.indrelid,
        class.relname as index_name,
        class.relkind,
        class.relispartition as is_attached,
        namespace.nspname as index_schema,
        coalesce(owner.oid, index.indrelid) as table_oid,
        owner.oid is not null as is_toast
    from pg_index as index
    inner join pg_class as class on class.oid = index.indexrelid
    inner join pg_namespace as namespace on namespace.oid = class.relnamespace
    left join pg_class as owner on owner.reltoastrelid = index.indrelid
    where not (index.indisvalid and index.indisready and index.indislive)
)

select
    invalid.index_schema,
    invalid.index_name,
    namespace.nspname as schema_name,
    relation.relname as table_name,
    invalid.relkind = 'I' as is_of_parent,
    invalid.is_attached,
    invalid.is_toast,
    invalid.index_name ~ '_cc(new|old)\d*$' as is_leftover,
    (
        select progress.pid
        from pg_stat_progress_create_index as progress
        where progress.datname = current_database() and progress.relid = invalid.indrelid
        limit 1
    ) as built_by
from invalid
inner join pg_class as relation on relation.oid = invalid.table_oid
inner join pg_namespace as namespace on namespace.oid = relation.relnamespace
where namespace.nspname = any(%(schemas)s)
order by namespace.nspname, relation.relname, invalid.index_name;
