{% macro segment_identity_calls() -%}
  {%- set tables = segment_tables(['identifies', 'aliases']) -%}
  {%- if not tables -%}
    {%- do tables.append({'source_name': '', 'table_name': 'identifies', 'relation': none, 'columns': {}}) -%}
  {%- endif -%}
  {#- rows without a received_at that may be are a branch of their own: the planner would look for both with one
      index -#}
  {%- for table in tables %}
  {%- set last_table = loop.last %}
  {%- for lacks_received_at in ([false, true] if table['relation'] else [false]) %}
  select
    {{ binary_text(dbt.string_literal(dbt.escape_single_quotes(table['source_name'])) ~ '::text') }} as source_name,
    {{ binary_text(dbt.string_literal(table['table_name']) ~ '::text') }} as source_table,
    {{ clean_id(source_text(table, 'id')) }} as id,
    {{ clean_id(source_text(table, 'anonymous_id')) }} as anonymous_id,
    {{ clean_id(source_text(table, 'previous_id')) if table['table_name'] == 'aliases' else binary_text('cast(null as text)') }} as previous_id,
    {{ clean_id(source_text(table, 'user_id')) }} as user_id,
    {{ email_domain(source_text(table, 'email')) }} as email_domain,
    {{ source_time(table, 'timestamp') if table['relation'] else 'cast(null as timestamp with time zone)' }} as "timestamp",
    {{ source_time(table, 'received_at') if table['relation'] else 'cast(null as timestamp with time zone)' }} as received_at,
    {%- set id_columns = ['anonymous_id', 'previous_id', 'user_id'] if table['table_name'] == 'aliases' else ['anonymous_id', 'user_id'] %}
    {{ reject_reason(table, id_columns) if table['relation'] else 'cast(null as text)' }} as reject_reason,
    {{ lacks_received_at }} as lacks_received_at
  {% if table['relation'] -%}
  from {{ table['relation'] }} as segment_row
  where {{ has_no_arrival(table) if lacks_received_at else has_arrival(table) }}
  {%- else -%}
  where false
  {%- endif %}
  {{ 'union all' if not (last_table and loop.last) }}
  {%- endfor %}
  {%- endfor %}
{%- endmacro %}
