-- Bytes of the project's tables with their indexes, and of the raw tracks table without its indexes.
-- Parameters: %(schemas)s text[]; identifiers: {tracks}
select
    sum(pg_total_relation_size(class.oid)) filter (where class.relkind = 'r')::bigint as project_bytes,
    pg_table_size({tracks})::bigint as tracks_bytes
from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where namespace.nspname = any(%(schemas)s);
