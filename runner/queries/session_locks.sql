-- The locks that a session holds or waits for: those it waits for first, then the strongest. Its lock on itself
-- (its own virtual transaction) is left out.
-- Parameters: %(pid)s
select
    locks.locktype as lock_type,
    regexp_replace(locks.mode, 'Lock$', '') as lock_mode,
    locks.granted,
    locks.relation::bigint as relation_id,
    namespace.nspname || '.' || class.relname as relation_name,
    locks.transactionid::text as transaction_id,
    locks.classid::bigint as class_id,
    locks.objid::bigint as object_id,
    locks.objsubid as object_part
from pg_locks as locks
left join pg_database as place on place.datname = current_database()
left join pg_class as class on class.oid = locks.relation and locks.database in (0, place.oid)
left join pg_namespace as namespace on namespace.oid = class.relnamespace
where
    locks.pid = %(pid)s
    and not (locks.locktype = 'virtualxid' and locks.granted)
    and locks.mode <> 'SIReadLock'
order by
    locks.granted,
    array_position(
        array[
            'AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock',
            'ShareUpdateExclusiveLock', 'RowExclusiveLock', 'RowShareLock', 'AccessShareLock'
        ],
        locks.mode
    ),
    relation_name,
    locks.transactionid::text;
