-- Every valid index of tables in these schemas with its size and, for a btree with statistics, the pages it would have
-- if it were built now. The formula is that of Jehan-Guillaume de Rorthais (ioguix),
-- https://github.com/ioguix/pgsql-bloat-estimation, btree/btree_bloat.sql; our own words. Equal keys that Postgres
-- packs together are counted apart, so an index of many equal keys looks less bloated than it is.
-- Parameters: %(schemas)s text[]
with indexes as (
    select
        class.oid,
        namespace.nspname as schema_name,
        relation.relname as table_name,
        parent.relname as parent_name,
        class.relname as index_name,
        parent_index.relname as parent_index_name,
        method.amname as method,
        index.indrelid,
        index.indkey,
        cast(class.reltuples as double precision) as tuples,
        class.relpages as pages,
        pg_relation_size(class.oid) as bytes,
        cast(current_setting('block_size') as integer) as page_bytes,
        coalesce(cast(substring(array_to_string(class.reloptions, ' ') from 'fillfactor=(\d+)') as integer), 90) as fillfactor
    from pg_index as index
    inner join pg_class as class on class.oid = index.indexrelid
    inner join pg_class as relation on relation.oid = index.indrelid
    inner join pg_namespace as namespace on namespace.oid = relation.relnamespace
    inner join pg_am as method on method.oid = class.relam
    left join pg_inherits as inherits on inherits.inhrelid = index.indrelid
    left join pg_class as parent on parent.oid = inherits.inhparent
    left join pg_inherits as index_inherits on index_inherits.inhrelid = class.oid
    left join pg_class as parent_index on parent_index.oid = index_inherits.inhparent
    where
        class.relkind = 'i'
        and index.indisvalid
        and namespace.nspname = any(%(schemas)s)
        and relation.relname !~ '__dbt_'
),

-- a column of an index has its statistics with the table's column; an expression has them with the index
columns as (
    select
        indexes.oid,
        coalesce(stats.null_frac, 0) as null_share,
        coalesce(stats.avg_width, case when type.typlen > 0 then type.typlen end) as width
    from indexes
    inner join pg_attribute as attribute on attribute.attrelid = indexes.oid and attribute.attnum > 0
    inner join pg_type as type on type.oid = attribute.atttypid
    left join pg_attribute as table_column
        on
            table_column.attrelid = indexes.indrelid
            and table_column.attnum = indexes.indkey[attribute.attnum - 1]
            and table_column.attnum > 0
    left join pg_stats as stats
        on
            stats.schemaname = indexes.schema_name
            and stats.tablename = case when table_column.attnum is null then indexes.index_name else indexes.table_name end
            and stats.attname = coalesce(table_column.attname, attribute.attname)
            and not stats.inherited
    where indexes.method = 'btree'
),

-- header and data of an entry are padded to 8 bytes each; a bitmap of nulls takes 4 of them
entries as (
    select
        oid,
        case when max(null_share) > 0 then 16 else 8 end + 8 * ceil(sum((1 - null_share) * width) / 8) as entry_bytes
    from columns
    group by oid
    having bool_and(width is not null)
),

-- a page keeps 24 bytes for its header and 16 at its end, and has a pointer of 4 bytes to each entry
estimates as (
    select
        indexes.*,
        1 + ceil(
            indexes.tuples
            / greatest(1, floor((indexes.page_bytes - 24 - 16) * indexes.fillfactor / 100.0 / (entries.entry_bytes + 4)))
        ) as needed_pages
    from indexes
    left join entries on entries.oid = indexes.oid and indexes.tuples >= 0 and indexes.pages > 0
)

select
    schema_name,
    table_name,
    coalesce(parent_name, table_name) as parent_name,
    index_name,
    coalesce(parent_index_name, index_name) as parent_index_name,
    bytes,
    cast(greatest(0, pages - needed_pages) / pages * 100 as double precision) as bloat_percent
from estimates
order by schema_name, table_name, index_name;
