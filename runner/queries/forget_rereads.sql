-- Where a copy that had won leaves, another one of its id may stand in the source, and counts from now on: the
-- times at which such copies arrived are noted, for the next models to read.
-- Identifiers: source_rereads, source; a condition: carries, whether a row carries an id that leaves;
-- parameters: source_name, source_table, kind, and spaces, which an id loses at both ends
with leaving as (
    select id, received_at from forget_removed where kind = %(kind)s and source_name = %(source_name)s
)

insert into {source_rereads} (source_name, source_table, received_at)
select distinct
    %(source_name)s,
    %(source_table)s,
    cast(source_row.received_at as timestamp with time zone)
from {source} as source_row
where
    source_row.received_at >= (select min(received_at) from leaving)
    and btrim(cast(source_row.id as text), %(spaces)s) in (select id from leaving)
    and not coalesce({carries}, false);
