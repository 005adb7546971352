-- one event per message id and source
{{ config(tags=['whole_table']) }}

select
    source_name,
    id
from {{ ref('app_tracks') }}
group by source_name, id
having count(*) > 1
