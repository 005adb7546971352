-- What the last run read, by source table.
-- Identifiers: {schema} of load_accounts; parameter %(since)s: start of the run
select
    source_name,
    source_table,
    rows_read,
    rows_kept,
    rows_known,
    rows_duplicate,
    rows_rejected,
    rows_forgotten
from {schema}.load_accounts
where loaded_at >= %(since)s
order by source_name, source_table;
