-- Tables and views that dbt makes beside a model and takes away at the end; not the months of such a table.
-- Parameters: %(schemas)s text[]
select
    namespace.nspname as schema_name,
    class.relname as table_name,
    case class.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind,
    pg_size_pretty(pg_total_relation_size(class.oid)) as size
from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where
    namespace.nspname = any(%(schemas)s)
    and class.relkind in ('r', 'p', 'v', 'm')
    and not class.relispartition
    and class.relname like '%%\_\_dbt\_%%'
order by namespace.nspname, class.relname;
