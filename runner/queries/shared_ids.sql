-- Ids seen with more users than vars.max_users_per_anonymous_id: they link nobody.
-- Identifiers: {schema} of known_pairs; parameter %(limit)s
select
    anonymous_id,
    count(*) as user_count
from {schema}.known_pairs
group by anonymous_id
having count(*) > %(limit)s
order by user_count desc, anonymous_id
limit 20;
