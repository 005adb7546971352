-- What the first generation of such systems ran every night: all history re-sessionized in one statement.
-- Nothing is copied or indexed; only the number of sessions comes back. It is the yardstick of a machine.
-- Identifiers: {tracks}
with moments as (
    select
        coalesce(user_id, anonymous_id) as identity,
        "timestamp" as happened_at,
        context_page_url,
        lag("timestamp") over (partition by coalesce(user_id, anonymous_id) order by "timestamp", id) as before
    from {tracks}
),

numbered as (
    select
        *,
        sum(case when happened_at - before <= interval '20 minutes' then 0 else 1 end) over (
            partition by identity order by happened_at rows unbounded preceding
        ) as session_number
    from moments
),

sessions as (
    select
        identity,
        session_number,
        min(happened_at) as started_at,
        max(happened_at) as ended_at,
        count(*) as event_count,
        min(context_page_url) as page_url
    from numbered
    group by identity, session_number
)

select count(*) from sessions;
