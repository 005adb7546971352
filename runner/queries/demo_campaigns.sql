-- The ten campaigns that first brought most of those who signed up, of the paid ones.
select
    coalesce(first_attributed_touch_campaign, '(none)') as campaign,
    first_attributed_touch_source as source,
    first_attributed_touch_medium as medium,
    count(*) as signups
from sessions.attribution
where first_attributed_touch_timestamp is not null
group by
    first_attributed_touch_campaign,
    first_attributed_touch_source,
    first_attributed_touch_medium
order by signups desc, campaign, source, medium
limit 10;
