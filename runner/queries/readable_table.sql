-- Whether a table is there and this role may read it; no row where it is not there.
-- Parameters: %(schema_name)s, %(table_name)s
select
    case
        when has_schema_privilege(pg_namespace.oid, 'usage') then has_table_privilege(pg_class.oid, 'select')
        else false
    end as is_readable
from pg_class
inner join pg_namespace on pg_namespace.oid = pg_class.relnamespace
where pg_namespace.nspname = %(schema_name)s and pg_class.relname = %(table_name)s;
