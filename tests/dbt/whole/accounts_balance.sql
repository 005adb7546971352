-- what a run read is kept, known, duplicate or rejected
{{ config(tags=['whole_table']) }}

select *
from {{ ref('load_accounts') }}
where rows_read <> rows_kept + rows_known + rows_duplicate + rows_rejected or rows_duplicate < 0
