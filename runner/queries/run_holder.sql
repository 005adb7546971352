-- Who holds the run lock of this database: no row where nobody does.
-- Parameter: %(key)s of the advisory lock
select
    activity.pid,
    activity.usename as user_name,
    activity.application_name,
    coalesce(host(activity.client_addr), 'this machine') as client,
    activity.backend_start as since
from pg_locks as lock
inner join pg_stat_activity as activity on activity.pid = lock.pid
where
    lock.locktype = 'advisory'
    and lock.database = (select oid from pg_database where datname = current_database())
    and ((lock.classid::bigint << 32) | lock.objid::bigint) = %(key)s
    and lock.objsubid = 1
    and lock.granted;
