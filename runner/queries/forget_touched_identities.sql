-- Whoever else had one of the rows: their runs are rebuilt without them, by the next models.
-- Identifiers: {touched_identities}
insert into {touched_identities} (identity, from_at, to_at)
select
    identity,
    min(happened_at) as from_at,
    max(happened_at) as to_at
from forget_removed
where kind = 'event' and identity not in (select id from forget_ids)
group by identity, date_trunc('day', happened_at at time zone 'UTC');
