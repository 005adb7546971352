-- The ids that leave: those named, and every id whose links all lead to them, over any number of steps. One that
-- also leads elsewhere is shared and stays, and so does what leads to it.
-- Identifiers: {known_pairs}
with recursive named as (
    select distinct id from forget_named
),

candidates as (
    select id from named
    union
    select known_pairs.anonymous_id as id
    from candidates
    inner join {known_pairs} as known_pairs on known_pairs.user_id = candidates.id
),

links as materialized (
    select
        known_pairs.anonymous_id,
        known_pairs.user_id,
        known_pairs.user_id in (select id from candidates) as is_inside
    from candidates
    inner join {known_pairs} as known_pairs on known_pairs.anonymous_id = candidates.id
    where candidates.id not in (select id from named)
),

shared as (
    select anonymous_id as id from links where not is_inside
    union
    select links.anonymous_id as id
    from shared
    inner join links on links.user_id = shared.id
)

insert into forget_ids (id, is_named)
select
    id,
    id in (select id from named)
from candidates
where id not in (select id from shared);
