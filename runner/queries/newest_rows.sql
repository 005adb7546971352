-- How long ago the newest row that was read of each source table arrived. Identifiers: {schema} of source_cursors
select
    source_name,
    source_table,
    cast(extract(epoch from now() - cursor_at) as double precision) as lag_seconds
from {schema}.source_cursors
order by source_name, source_table;
