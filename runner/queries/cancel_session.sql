-- Cancels the query of a session if it is still the query that was looked at; no row if it is not.
-- Parameters: %(pid)s, %(backend_start)s, %(query_start)s
select pg_cancel_backend(activity.pid) as was_sent
from pg_stat_activity as activity
where
    activity.pid = %(pid)s
    and activity.backend_start = %(backend_start)s
    and activity.query_start is not distinct from %(query_start)s::timestamptz
    and activity.state not like 'idle%%';
