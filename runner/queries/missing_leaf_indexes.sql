-- Months that lack an index of their table, with an index of the same definition that stands there unattached, if any.
-- Parameters: %(schemas)s text[]
with wanted as (
    select
        parent_index.indexrelid,
        parent_index.indrelid,
        parent_index.indisunique,
        namespace.nspname as schema_name,
        class.relname as index_name,
        parent.relname as table_name,
        substring(pg_get_indexdef(parent_index.indexrelid) from ' (USING .*)$') as definition
    from pg_index as parent_index
    inner join pg_class as class on class.oid = parent_index.indexrelid
    inner join pg_class as parent on parent.oid = parent_index.indrelid
    inner join pg_namespace as namespace on namespace.oid = parent.relnamespace
    where
        class.relkind = 'I'
        and namespace.nspname = any(%(schemas)s)
        and parent.relname !~ '__dbt_'
)

select
    wanted.schema_name,
    wanted.table_name,
    wanted.index_name,
    wanted.definition,
    wanted.indisunique as is_unique,
    leaf.relname as leaf_name,
    (
        select candidate_class.relname
        from pg_index as candidate
        inner join pg_class as candidate_class on candidate_class.oid = candidate.indexrelid
        where
            candidate.indrelid = leaf.oid
            and candidate.indisvalid
            and candidate.indisunique = wanted.indisunique
            and not candidate_class.relispartition
            and substring(pg_get_indexdef(candidate.indexrelid) from ' (USING .*)$') = wanted.definition
        order by candidate_class.relname
        limit 1
    ) as candidate_name
from wanted
inner join pg_inherits as inherits on inherits.inhparent = wanted.indrelid and not inherits.inhdetachpending
inner join pg_class as leaf on leaf.oid = inherits.inhrelid
where not exists (
    select 1
    from pg_inherits as attached
    inner join pg_index as leaf_index on leaf_index.indexrelid = attached.inhrelid
    where attached.inhparent = wanted.indexrelid and leaf_index.indrelid = leaf.oid
)
order by wanted.schema_name, leaf.relname, wanted.index_name;
