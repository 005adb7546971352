-- Every table of ours that is partitioned by month, with the months it has.
-- Parameters: %(schemas)s text[]
select
    namespace.nspname as schema_name,
    parent.relname as table_name,
    coalesce(array_agg(leaf.relname order by leaf.relname) filter (where leaf.relname is not null), '{}') as leaves
from pg_class as parent
inner join pg_namespace as namespace on namespace.oid = parent.relnamespace
left join pg_inherits as inherits on inherits.inhparent = parent.oid
left join pg_class as leaf on leaf.oid = inherits.inhrelid
where
    parent.relkind = 'p'
    and namespace.nspname = any(%(schemas)s)
    and parent.relname !~ '__dbt_'
group by namespace.nspname, parent.relname
order by namespace.nspname, parent.relname;
