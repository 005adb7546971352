-- Months of these tables that were detached, and copies that a rebuild left when it was killed.
-- Parameters: %(schemas)s text[], %(tables)s text[], of the same length
select
    wanted.table_name as model_name,
    namespace.nspname as schema_name,
    class.relname as table_name
from unnest(%(schemas)s::text[], %(tables)s::text[]) as wanted (schema_name, table_name)
inner join pg_namespace as namespace on namespace.nspname = wanted.schema_name
inner join pg_class as class
    on
        class.relnamespace = namespace.oid
        and class.relkind in ('r', 'p')
        and not class.relispartition
        and class.relname ~ '^.*(_\d{4,5}_(0[1-9]|1[0-2])(_detached.*)?|__dbt_.*)$'
        and left(class.relname, length(wanted.table_name) + 1) = wanted.table_name || '_'
order by namespace.nspname, class.relname;
