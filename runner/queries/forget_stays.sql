-- Ids that have to do with those that leave, and stay: shared by others, or the user that a named id leads to.
-- Identifiers: {known_pairs}
select
    known_pairs.anonymous_id as id,
    'shared' as why
from forget_ids
inner join {known_pairs} as known_pairs on known_pairs.user_id = forget_ids.id
where known_pairs.anonymous_id not in (select id from forget_ids)
union
select
    known_pairs.user_id as id,
    'led to' as why
from forget_ids
inner join {known_pairs} as known_pairs on known_pairs.anonymous_id = forget_ids.id
where known_pairs.user_id not in (select id from forget_ids)
order by why, id;
