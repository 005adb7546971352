-- Indexes that months have and their table has not: new months will lack them. One row a definition, with the months
-- that have it and those that do not.
-- Parameters: %(schemas)s text[]
with leaves as (
    select
        parent.oid as parent_oid,
        namespace.nspname as schema_name,
        parent.relname as table_name,
        leaf.oid as leaf_oid,
        leaf.relname as leaf_name
    from pg_class as parent
    inner join pg_namespace as namespace on namespace.oid = parent.relnamespace
    inner join pg_inherits as inherits on inherits.inhparent = parent.oid and not inherits.inhdetachpending
    inner join pg_class as leaf on leaf.oid = inherits.inhrelid
    where
        parent.relkind = 'p'
        and namespace.nspname = any(%(schemas)s)
        and parent.relname !~ '__dbt_'
),

definitions as (
    select distinct
        leaves.parent_oid,
        leaves.leaf_oid,
        leaf_index.indisunique as is_unique,
        substring(pg_get_indexdef(leaf_index.indexrelid) from ' (USING .*)$') as definition
    from leaves
    inner join pg_index as leaf_index on leaf_index.indrelid = leaves.leaf_oid and leaf_index.indisvalid
    inner join pg_class as class on class.oid = leaf_index.indexrelid and not class.relispartition
),

-- what the table has, under whatever name, is looked for on the months elsewhere
lacking as (
    select distinct
        definitions.parent_oid,
        definitions.is_unique,
        definitions.definition
    from definitions
    where not exists (
        select 1
        from pg_index as parent_index
        where
            parent_index.indrelid = definitions.parent_oid
            and parent_index.indisunique = definitions.is_unique
            and substring(pg_get_indexdef(parent_index.indexrelid) from ' (USING .*)$') = definitions.definition
    )
)

select
    leaves.schema_name,
    leaves.table_name,
    lacking.definition,
    lacking.is_unique,
    array_agg(leaves.leaf_name order by leaves.leaf_name) filter (where definitions.leaf_oid is not null) as having_leaves,
    coalesce(
        array_agg(leaves.leaf_name order by leaves.leaf_name) filter (where definitions.leaf_oid is null), '{}'
    ) as lacking_leaves
from lacking
inner join leaves on leaves.parent_oid = lacking.parent_oid
left join definitions
    on
        definitions.leaf_oid = leaves.leaf_oid
        and definitions.is_unique = lacking.is_unique
        and definitions.definition = lacking.definition
group by leaves.schema_name, leaves.table_name, lacking.definition, lacking.is_unique
order by leaves.schema_name, leaves.table_name, lacking.definition;
