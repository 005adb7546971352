-- What this role may do in the project's schemas. Parameters: %(schemas)s text[]
select
    wanted.schema_name,
    namespace.oid is not null as is_there,
    coalesce(has_schema_privilege(namespace.oid, 'usage, create'), false) as may_create,
    coalesce(has_schema_privilege(namespace.oid, 'usage'), false) as may_use,
    (
        select min(class.relname)
        from pg_class as class
        where
            class.relnamespace = namespace.oid
            and class.relkind in ('r', 'p', 'v', 'm')
            and not pg_has_role(class.relowner, 'usage')
    ) as table_of_others
from unnest(%(schemas)s::text []) as wanted (schema_name)
left join pg_namespace as namespace on namespace.nspname = wanted.schema_name
order by wanted.schema_name;
