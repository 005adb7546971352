-- The sessions of clients and of workers with a role or a database, and the lock each waits for; neither this
-- session nor the helpers of a parallel query. Of other roles only ids and names without pg_read_all_stats.
-- Ages are those at one moment, a little negative for what began after it; a wait has none in its first moment.
with locks as materialized (
    select
        pid,
        locktype,
        mode,
        granted,
        relation,
        database,
        transactionid,
        classid,
        objid,
        objsubid,
        waitstart
    from pg_locks
    where not granted or locktype = 'tuple'
),

awaited as (
    select distinct on (locks.pid)
        locks.pid,
        locks.locktype,
        locks.mode,
        locks.transactionid,
        locks.classid,
        locks.objid,
        locks.objsubid,
        locks.waitstart,
        -- who waits for a row waits for the transaction that changed it, and meanwhile holds the row
        coalesce(locks.relation, tuples.relation) as relation_id,
        coalesce(locks.database, tuples.database) as database_id
    from locks
    left join locks as tuples
        on tuples.pid = locks.pid and tuples.locktype = 'tuple' and tuples.granted
    where not locks.granted
    order by locks.pid
)

select
    activity.pid,
    activity.usename as user_name,
    activity.application_name,
    activity.datname as database_name,
    coalesce(host(activity.client_addr), '') as client,
    activity.backend_type,
    activity.state,
    activity.wait_event_type,
    activity.wait_event,
    activity.backend_start,
    activity.query_start,
    extract(epoch from statement_timestamp() - activity.query_start)::float8 as query_seconds,
    extract(epoch from statement_timestamp() - activity.state_change)::float8 as state_seconds,
    extract(epoch from statement_timestamp() - activity.xact_start)::float8 as transaction_seconds,
    activity.query,
    octet_length(activity.query) >= pg_size_bytes(current_setting('track_activity_query_size')) - 4 as is_cut,
    case when awaited.pid is not null then pg_blocking_pids(activity.pid) else '{}' end as blocked_by,
    awaited.locktype as lock_type,
    regexp_replace(awaited.mode, 'Lock$', '') as lock_mode,
    extract(epoch from statement_timestamp() - awaited.waitstart)::float8 as lock_seconds,
    awaited.relation_id::bigint as relation_id,
    namespace.nspname || '.' || class.relname as relation_name,
    awaited.transactionid::text as transaction_id,
    awaited.classid::bigint as class_id,
    awaited.objid::bigint as object_id,
    awaited.objsubid as object_part,
    activity.datname = current_database() as is_here
from pg_stat_activity as activity
left join awaited on awaited.pid = activity.pid
left join pg_database as place on place.datname = current_database()
left join pg_class as class on class.oid = awaited.relation_id and awaited.database_id in (0, place.oid)
left join pg_namespace as namespace on namespace.oid = class.relnamespace
where
    activity.pid <> pg_backend_pid()
    and activity.leader_pid is null
    and (activity.usesysid is not null or activity.datid is not null)
order by activity.pid;
