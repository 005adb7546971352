-- a journey leaves each channel as often as it gets there, and every signup is the end of one
{{ config(tags=['whole_table'], enabled=var('reporting')) }}

with channel_steps as (
    select * from {{ ref('channel_steps') }}
),

moves as (
    select
        channel_from as place,
        -journeys as balance
    from channel_steps
    where channel_from <> '(start)'
    union all
    select
        channel_to as place,
        journeys as balance
    from channel_steps
    where channel_to <> '(null)'
    union all
    select
        '(conversion)' as place,
        -count(*) as balance
    from {{ ref('attribution') }}
)

select
    place,
    sum(balance) as balance
from moves
group by place
having sum(balance) <> 0
