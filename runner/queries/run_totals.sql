-- What the last run touched; a run that lost its server looks at everything twice.
-- Identifiers: {schema} of run_totals; parameter %(since)s: start of the run
select
    sum(aliases_touched) as aliases_touched,
    sum(sessions_touched) as sessions_touched,
    sum(signups_touched) as signups_touched,
    sum(sessions_excluded) as sessions_excluded,
    sum(signups_excluded) as signups_excluded
from {schema}.run_totals
where loaded_at >= %(since)s
having count(*) > 0;
