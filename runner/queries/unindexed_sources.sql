-- Segment tables of some size that a night reads whole, and what for: no index begins with received_at; or rows
-- lack a received_at, and those a BRIN index cannot tell from its other pages.
-- Parameters: %(schemas)s text[], %(smallest)s bytes
with sources as (
    select
        class.oid,
        namespace.nspname as schema_name,
        class.relname as table_name,
        attribute.attnum,
        coalesce((
            select stats.null_frac > 0
            from pg_stats as stats
            where
                stats.schemaname = namespace.nspname
                and stats.tablename = class.relname
                and stats.attname = attribute.attname
                and not stats.inherited
        ), false) as has_missing
    from pg_class as class
    inner join pg_namespace as namespace on namespace.oid = class.relnamespace
    inner join pg_attribute as attribute
        on attribute.attrelid = class.oid and attribute.attname = 'received_at' and not attribute.attisdropped
    where
        namespace.nspname = any(%(schemas)s)
        and class.relname in ('tracks', 'pages', 'screens', 'identifies', 'aliases')
        and class.relkind in ('r', 'm')
        and pg_table_size(class.oid) >= %(smallest)s
),

indexes as (
    select
        index.indrelid,
        index.indkey[0] as attnum,
        method.amname as method,
        coalesce(pg_get_expr(index.indpred, index.indrelid), '') as predicate
    from pg_index as index
    inner join pg_class as class on class.oid = index.indexrelid
    inner join pg_am as method on method.oid = class.relam
    where index.indisvalid
),

found as (
    select
        schema_name,
        table_name,
        not exists (
            select 1 from indexes
            where indexes.indrelid = sources.oid and indexes.attnum = sources.attnum and indexes.predicate = ''
        ) as lacks_arrival,
        has_missing and not exists (
            select 1 from indexes
            where
                indexes.indrelid = sources.oid
                and (
                    indexes.predicate = '(received_at IS NULL)'
                    or indexes.attnum = sources.attnum and indexes.predicate = '' and indexes.method = 'btree'
                )
        ) as lacks_missing
    from sources
)

select
    schema_name,
    table_name,
    lacks_arrival,
    lacks_missing
from found
where lacks_arrival or lacks_missing
order by schema_name, table_name;
