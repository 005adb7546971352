{% macro arrived_rows(segment_rows, table_names, stored, content_columns, extra_columns=[]) -%}
  {#- each row read is new, better (replaces the stored copy), known (is the stored copy), duplicate, rejected or
      forgotten -#}
  {%- set columns = ['source_name', 'source_table', 'id', 'timestamp', 'received_at'] + content_columns + extra_columns -%}
  {%- set winner_order = ['received_at', 'timestamp', 'source_table'] + content_columns + extra_columns -%}
  with segment_rows as (
      select * from {{ segment_rows }} where {{ arrival_window(table_names) }}
  ),

  numbered as (
      select
          {% for column in columns %}{{ adapter.quote(column) }}, {% endfor %}
          reject_reason,
          row_number() over (
              partition by source_name, id, reject_reason is null
              order by {% for column in winner_order %}{{ adapter.quote(column) }} nulls first{{ ', ' if not loop.last }}{% endfor %}
          ) as copy_number
      from segment_rows
  ),

  asked_ids as (
      select {{ text_hash('id') }} as id_hash
      from numbered
      where copy_number = 1 and reject_reason is null
  ),

  stored_copies as materialized (
      select {{ get_quoted_csv(['id', 'source_name', 'source_table', 'timestamp', 'received_at'] + content_columns) }}
      from {{ stored }} as stored
      where
          {{ text_hash('stored.id') }} = {{ any_of('id_hash', 'asked_ids') }}
  ),

  compared as (
      select
          numbered.*,
          stored."timestamp" as stored_timestamp,
          stored.anonymous_id as stored_anonymous_id,
          stored.user_id as stored_user_id,
          {{ 'stored.previous_id as stored_previous_id,' if 'previous_id' in content_columns }}
          case
              when numbered.reject_reason = 'forgotten' then 'forgotten'
              when numbered.reject_reason is not null then 'rejected'
              when numbered.copy_number > 1 then 'duplicate'
              when stored.id is null then 'new'
              when numbered.received_at > stored.received_at then 'duplicate'
              when numbered.received_at < stored.received_at then 'better'
              when numbered."timestamp" > stored."timestamp" then 'duplicate'
              when numbered."timestamp" < stored."timestamp" then 'better'
              when {{ content_order('numbered', ['source_table'] + content_columns) }} = {{ content_order('stored', ['source_table'] + content_columns) }} then 'known'
              when {{ content_order('numbered', ['source_table'] + content_columns) }} < {{ content_order('stored', ['source_table'] + content_columns) }} then 'better'
              else 'duplicate'
          end as verdict
      from numbered
      left join stored_copies as stored
          on
              numbered.copy_number = 1
              and numbered.reject_reason is null
              and stored.id = numbered.id
              and stored.source_name = numbered.source_name
  ),

  row_counts as (
      select
          verdict,
          source_name,
          source_table,
          count(*) as row_count,
          -- one in the future does not move the cursor: what really arrives until then would be skipped
          max(received_at) filter (where received_at <= current_timestamp) as received_at
      from compared
      group by verdict, source_name, source_table
  ),

  final as (
      select
          cast('row' as text) as row_kind,
          verdict,
          cast(1 as bigint) as row_count,
          {% for column in columns %}{{ adapter.quote(column) }}, {% endfor %}
          stored_timestamp,
          stored_anonymous_id,
          {{ 'stored_previous_id,' if 'previous_id' in content_columns }}
          stored_user_id
      from compared
      where verdict in ('new', 'better')
      union all
      select
          'count' as row_kind,
          verdict,
          row_count,
          {% for column in columns -%}
          {{ column if column in ['source_name', 'source_table', 'received_at'] else 'null' }},
          {% endfor -%}
          null as stored_timestamp,
          null as stored_anonymous_id,
          {{ 'null as stored_previous_id,' if 'previous_id' in content_columns }}
          null as stored_user_id
      from row_counts
  )

  select * from final
{%- endmacro %}
