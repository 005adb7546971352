-- of the rows that a run takes in, no id stands twice
select
    source_name,
    id
from {{ ref('arrived_events') }}
where row_kind = 'row'
group by source_name, id
having count(*) > 1
