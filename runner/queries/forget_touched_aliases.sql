-- The people that a named id led to: their sessions are merged again without it.
-- Identifiers: {touched_aliases}, {known_pairs}, {identity_map}
with led_to as (
    select known_pairs.user_id as id
    from forget_ids
    inner join {known_pairs} as known_pairs on known_pairs.anonymous_id = forget_ids.id
),

aliases as (
    select coalesce(identity_map.alias_id, led_to.id) as alias_id
    from led_to
    left join {identity_map} as identity_map on identity_map.id = led_to.id
    union
    select identity_map.alias_id
    from forget_ids
    inner join {identity_map} as identity_map on identity_map.id = forget_ids.id
)

insert into {touched_aliases} (alias_id)
select alias_id
from aliases
where alias_id not in (select id from forget_ids);
