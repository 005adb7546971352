-- The months a first build reads and makes.
-- Identifiers: {schema} of build_plan
select
    kind,
    month,
    row_count::bigint as row_count
from {schema}.build_plan
where kind <> 'cursor'
order by kind, month;
