-- Rows inserted, updated and deleted so far, by table; months are counted with their table.
-- Parameters: %(schemas)s text[]
select
    schemaname || '.' || regexp_replace(relname, '_[0-9]{4,}_[0-9]{2}$', '') as table_name,
    sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint as rows_written
from pg_stat_user_tables
where schemaname = any(%(schemas)s)
group by 1
order by 1;
