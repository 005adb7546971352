-- Sign-ups by channel, by the first and by the last touch.
with first_touches as (
    select
        first_touch_channel as channel,
        count(*) as signups
    from sessions.attribution
    group by first_touch_channel
),

last_touches as (
    select
        last_touch_channel as channel,
        count(*) as signups
    from sessions.attribution
    group by last_touch_channel
),

final as (
    select
        coalesce(channel, '(unknown)') as channel,
        coalesce(first_touches.signups, 0) as first_touch_signups,
        coalesce(last_touches.signups, 0) as last_touch_signups
    from first_touches
    full join last_touches using (channel)
)

select * from final
order by first_touch_signups desc, last_touch_signups desc, channel;
