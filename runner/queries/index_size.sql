-- Bytes of an index; nothing if it is gone.
-- Parameters: %(schema_name)s, %(index_name)s
select pg_relation_size(class.oid) as bytes
from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where namespace.nspname = %(schema_name)s and class.relname = %(index_name)s;
