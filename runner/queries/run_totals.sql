-- What the last run touched.
-- Identifiers: {schema} of run_totals; parameter %(since)s: start of the run
select
    aliases_touched,
    sessions_touched,
    signups_touched,
    sessions_excluded,
    signups_excluded
from {schema}.run_totals
where loaded_at >= %(since)s
order by loaded_at desc
limit 1;
