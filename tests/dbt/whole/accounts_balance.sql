-- what a run read is kept, known, duplicate, rejected or forgotten
{{ config(tags=['whole_table']) }}

select *
from {{ ref('load_accounts') }}
where rows_read <> rows_kept + rows_known + rows_duplicate + rows_rejected + coalesce(rows_forgotten, 0) or rows_duplicate < 0
