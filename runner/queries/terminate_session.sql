-- Ends a session if it is still the one that was looked at, and not another with its number; no row if it is not.
-- Parameters: %(pid)s, %(backend_start)s
select pg_terminate_backend(activity.pid) as was_sent
from pg_stat_activity as activity
where
    activity.pid = %(pid)s
    and activity.backend_start = %(backend_start)s;
