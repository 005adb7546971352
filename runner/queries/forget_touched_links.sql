-- Ids that stay and were linked to one that leaves: of their other links the earliest is looked at again.
-- Identifiers: {touched_links}, {known_pairs}
with left_behind as (
    select distinct known_pairs.anonymous_id
    from forget_ids
    inner join {known_pairs} as known_pairs on known_pairs.user_id = forget_ids.id
    where known_pairs.anonymous_id not in (select id from forget_ids)
),

ranked as (
    select
        known_pairs.*,
        row_number() over (
            partition by known_pairs.anonymous_id order by known_pairs.first_seen_at, known_pairs.user_id
        ) as link_number
    from left_behind
    inner join {known_pairs} as known_pairs on known_pairs.anonymous_id = left_behind.anonymous_id
    where known_pairs.user_id not in (select id from forget_ids)
)

insert into {touched_links} (anonymous_id, user_id, from_at, to_at, is_removed)
select
    anonymous_id,
    user_id,
    first_seen_at as from_at,
    first_seen_at as to_at,
    false as is_removed
from ranked
where link_number = 1;
