{% macro lacking_months(tables, batch) -%}
  {#- of those that app_tracks has only gaps are filled: what is older than a table's first month may have been detached -#}
  with partitioned as (
      select
          parent.oid,
          namespace.nspname as schema_name,
          parent.relname as table_name
      from pg_class as parent
      inner join pg_namespace as namespace on namespace.oid = parent.relnamespace
      where
          parent.relkind = 'p'
          and (namespace.nspname, parent.relname) in (
              {%- for schema_name, table_name in tables %}({{ sql_list([schema_name, table_name]) }}){{ ', ' if not loop.last }}{% endfor -%}
          )
  ),

  present as (
      select
          partitioned.schema_name,
          partitioned.table_name,
          replace(substring(leaf.relname from '([0-9]{4,}_[0-9]{2})$'), '_', '-') as month
      from partitioned
      inner join pg_inherits as inherits on inherits.inhparent = partitioned.oid
      inner join pg_class as leaf on leaf.oid = inherits.inhrelid
  ),

  first_months as (
      select
          schema_name,
          table_name,
          min(month) as month
      from present
      group by schema_name, table_name
  ),

  arrived as (
      select distinct to_char(date_trunc('month', "timestamp" at time zone 'UTC'), 'YYYY-MM') as month
      from {{ batch }}
      where row_kind = 'row'
  ),

  wanted as (
      select
          partitioned.schema_name,
          partitioned.table_name,
          arrived.month
      from partitioned
      cross join arrived
      union
      select
          first_months.schema_name,
          first_months.table_name,
          events.month
      from first_months
      inner join present as events on events.table_name = 'app_tracks' and events.month > first_months.month
  ),

  final as (
      select
          schema_name,
          table_name,
          month
      from wanted
      except
      select
          schema_name,
          table_name,
          month
      from present
  )

  select schema_name, table_name, month from final
  order by schema_name, table_name, month
{%- endmacro %}
