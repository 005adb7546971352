-- Identifiers: {data_driven_credit}
-- Parameters: %(attribution_model)s, %(total_journeys)s, %(total_signups)s; lists of the same length: %(channels)s,
-- %(removal_effects)s, %(shares)s, %(signups)s
insert into {data_driven_credit} (
    computed_at, attribution_model, channel, removal_effect, share, signups, total_journeys, total_signups
)
select
    now(),
    %(attribution_model)s,
    credit.channel,
    credit.removal_effect,
    credit.share,
    credit.signups,
    %(total_journeys)s,
    %(total_signups)s
from unnest(
    %(channels)s::text[], %(removal_effects)s::double precision[], %(shares)s::double precision[],
    %(signups)s::double precision[]
) as credit (channel, removal_effect, share, signups);
