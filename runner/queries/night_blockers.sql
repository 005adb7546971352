-- Locks of others, held or awaited, on relations of these schemas that a night would wait behind. A night writes
-- rows (RowExclusive) and attaches months to partitioned tables (ShareUpdateExclusive). A prepared transaction
-- has no pid but a name.
-- Parameters: %(schemas)s text[]
select
    coalesce(locks.pid, 0) as pid,
    case
        when locks.pid is null
            then (
                select prepared.gid
                from pg_locks as own
                inner join pg_prepared_xacts as prepared on prepared.transaction = own.transactionid
                where own.pid is null and own.virtualtransaction = locks.virtualtransaction
                limit 1
            )
    end as prepared_name,
    namespace.nspname || '.' || class.relname as relation_name,
    regexp_replace(locks.mode, 'Lock$', '') as lock_mode,
    locks.granted
from pg_locks as locks
inner join pg_class as class on class.oid = locks.relation
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
inner join pg_database as place on place.oid = locks.database and place.datname = current_database()
left join pg_stat_activity as activity on activity.pid = locks.pid
where
    locks.locktype = 'relation'
    and namespace.nspname = any(%(schemas)s)
    and locks.pid is distinct from pg_backend_pid()
    and activity.leader_pid is null
    and (
        locks.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
        or (locks.mode = 'ShareUpdateExclusiveLock' and class.relkind = 'p')
    )
order by locks.granted desc, locks.pid, relation_name, lock_mode;
