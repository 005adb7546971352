{% macro record_attribution_changes() -%}
  {#- Rows of attribution that this run changed after their first writing, in the same transaction. The incremental
      strategy has put aside what stood there for everybody whom the run touched (attribution__stored); a row that
      was never there before is no change, unless it had been taken away. -#}
  {%- set changes = stored_relation('reporting', 'attribution_changes') if var('reporting') else none -%}
  {%- if not changes or not run_query("select 1 where to_regclass('pg_temp.attribution__stored') is not null") | length -%}
    {{ return('select 1') }}
  {%- endif -%}
  {%- set everything = flags.FULL_REFRESH or rebuild_everything() -%}
  insert into {{ changes }} (
      changed_at, alias_id, signup_timestamp, change_kind, reason, moved_to_alias_id, changed_columns, old_values, new_values
  )
  with before as (
      select alias_id, signup_timestamp, to_jsonb(stored.*) - 'alias_id' as row_values
      from pg_temp.attribution__stored as stored
  ),

  after as (
      select attribution.alias_id, attribution.signup_timestamp, to_jsonb(attribution.*) - 'alias_id' as row_values
      from {{ this }} as attribution
      {%- if not everything %}
      inner join (select distinct alias_id from {{ ref('touched_aliases') }}) as touched
          on touched.alias_id = attribution.alias_id
      {%- endif %}
  ),

  compared as (
      select
          coalesce(after.alias_id, before.alias_id) as alias_id,
          coalesce(before.signup_timestamp, after.signup_timestamp) as signup_timestamp,
          case
              when after.alias_id is null then 'removed'
              when before.alias_id is null then 'added again'
              else 'changed'
          end as change_kind,
          before.row_values as old_values,
          after.row_values as new_values
      from before
      full outer join after on after.alias_id = before.alias_id
      where before.row_values is distinct from after.row_values
  )

  select
      clock_timestamp() as changed_at,
      compared.alias_id,
      compared.signup_timestamp,
      compared.change_kind,
      {% if flags.FULL_REFRESH -%}
      'full refresh' as reason,
      {%- elif everything -%}
      (
          select string_agg(distinct requests.reason, ', ')
          from {{ ref('rebuild_requests') }} as requests
          where requests.model_name = 'attribution'
      ) as reason,
      {%- else -%}
      case
          when exists (
              select 1 from {{ ref('map_changes') }} as changed
              where
                  changed.alias_id is distinct from changed.old_alias_id
                  and compared.alias_id in (changed.alias_id, changed.old_alias_id)
          ) then 'new link'
          else 'late event'
      end as reason,
      {%- endif %}
      case
          when compared.change_kind = 'removed'
              then (select identity_map.alias_id from {{ ref('identity_map') }} as identity_map where identity_map.id = compared.alias_id)
      end as moved_to_alias_id,
      (
          select string_agg(key_name, ', ' order by key_name)
          from jsonb_object_keys(coalesce(compared.old_values, compared.new_values)) as key_name
          where compared.old_values -> key_name is distinct from compared.new_values -> key_name
      ) as changed_columns,
      compared.old_values,
      compared.new_values
  from compared
  where
      compared.change_kind <> 'added again'
      or exists (select 1 from {{ changes }} as earlier where earlier.alias_id = compared.alias_id)
{%- endmacro %}
