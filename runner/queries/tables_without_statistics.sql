-- Tables of ours that hold rows and have no statistics: a partitioned one of the whole, any other of its own.
-- Parameters: %(schemas)s text[]
with tables as (
    select
        class.oid,
        namespace.nspname as schema_name,
        class.relname as table_name,
        class.relkind = 'p' as is_parent,
        case
            when class.relkind = 'p'
                then exists (
                    select 1
                    from pg_inherits as inherits
                    where inherits.inhparent = class.oid and pg_relation_size(inherits.inhrelid) > 0
                )
            else pg_relation_size(class.oid) > 0
        end as has_rows
    from pg_class as class
    inner join pg_namespace as namespace on namespace.oid = class.relnamespace
    where
        namespace.nspname = any(%(schemas)s)
        and (class.relkind = 'p' or class.relkind = 'r' and class.relispartition)
        and class.relname !~ '__dbt_'
)

select
    schema_name,
    table_name,
    is_parent,
    pg_relation_size(oid) as size_bytes
from tables
where
    has_rows
    -- rows that are gone but not cleared away leave nothing to gather
    and coalesce(pg_stat_get_last_analyze_time(oid), pg_stat_get_last_autoanalyze_time(oid)) is null
    and not exists (
        select 1
        from pg_stats as stats
        where
            stats.schemaname = tables.schema_name
            and stats.tablename = tables.table_name
            and stats.inherited = tables.is_parent
    )
order by schema_name, table_name;
