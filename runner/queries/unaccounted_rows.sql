-- Runs whose rows read are not the sum of what became of them; the latest 20.
-- Identifiers: {schema} of load_accounts
select
    to_char(loaded_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as loaded_at,
    source_name,
    source_table,
    rows_read,
    rows_kept + rows_known + rows_duplicate + rows_rejected + coalesce(rows_forgotten, 0) as rows_told
from {schema}.load_accounts
where
    rows_read is distinct from rows_kept + rows_known + rows_duplicate + rows_rejected + coalesce(rows_forgotten, 0)
order by loaded_at desc, source_name, source_table
limit 20;
