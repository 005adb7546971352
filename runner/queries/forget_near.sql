-- The identities under which rows of the ids that leave may stand: these ids, and the users they were seen with.
-- Identifiers: {known_pairs}
insert into forget_near (id)
select id from forget_ids
union
select known_pairs.user_id as id
from forget_ids
inner join {known_pairs} as known_pairs on known_pairs.anonymous_id = forget_ids.id;
