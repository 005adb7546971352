-- Every partition of our partitioned tables: what its name says, what its bounds are, and whether they agree.
-- Parameters: %(schemas)s text[]
with parents as (
    select
        class.oid,
        namespace.nspname as schema_name,
        class.relname as table_name,
        attribute.attname as column_name
    from pg_class as class
    inner join pg_namespace as namespace on namespace.oid = class.relnamespace
    inner join pg_partitioned_table as partitioned on partitioned.partrelid = class.oid
    left join pg_attribute as attribute
        on attribute.attrelid = class.oid and attribute.attnum = partitioned.partattrs[0]
    where namespace.nspname = any(%(schemas)s) and class.relname !~ '__dbt_'
),

leaves as (
    select
        parents.schema_name,
        parents.table_name,
        parents.column_name,
        leaf.relname as leaf_name,
        inherits.inhdetachpending as is_pending,
        pg_get_expr(leaf.relpartbound, leaf.oid) as bound,
        -- a year of more digits is beyond what a timestamp holds
        regexp_match(leaf.relname, '_(\d{4,5})_(0[1-9]|1[0-2])$') as month
    from parents
    left join pg_inherits as inherits on inherits.inhparent = parents.oid
    left join pg_class as leaf on leaf.oid = inherits.inhrelid
),

bounds as (
    select
        leaves.*,
        cast(substring(bound from $$FROM \('(\d{4,}-\d\d-\d\d[^']*)'\)$$) as timestamp with time zone) as from_at,
        cast(substring(bound from $$TO \('(\d{4,}-\d\d-\d\d[^']*)'\)$$) as timestamp with time zone) as to_at,
        make_timestamp(cast(month[1] as integer), cast(month[2] as integer), 1, 0, 0, 0) as first_day
    from leaves
)

select
    schema_name,
    table_name,
    column_name,
    leaf_name,
    coalesce(is_pending, false) as is_pending,
    coalesce(bound, '') as bound,
    coalesce(bound = 'DEFAULT', false) as is_default,
    coalesce(
        from_at = first_day at time zone 'UTC' and to_at = (first_day + interval '1 month') at time zone 'UTC', false
    ) as is_its_month
from bounds
order by schema_name, table_name, leaf_name;
