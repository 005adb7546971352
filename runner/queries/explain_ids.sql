-- The ids of the person that an id belongs to, and every user each of them was seen with; one row an id and user.
-- Identifiers: {identity_map}, {known_pairs}
-- Parameter: %(id)s
with asked as (
    select coalesce((select alias_id from {identity_map} where id = %(id)s), %(id)s) as alias_id
),

members as (
    select alias_id as id from asked
    union
    select identity_map.id
    from asked
    inner join {identity_map} as identity_map on identity_map.alias_id = asked.alias_id
)

select
    asked.alias_id,
    members.id,
    identity_map.next_id,
    known_pairs.user_id,
    known_pairs.first_seen_at,
    known_pairs.last_seen_at
from members
cross join asked
left join {identity_map} as identity_map on identity_map.id = members.id
left join {known_pairs} as known_pairs on known_pairs.anonymous_id = members.id
order by members.id, known_pairs.first_seen_at, known_pairs.user_id;
