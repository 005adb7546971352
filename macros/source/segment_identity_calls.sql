{% macro segment_identity_calls() -%}
  {%- set tables = segment_tables(['identifies', 'aliases']) -%}
  {%- if not tables -%}
    {%- do tables.append({'source_name': '', 'table_name': 'identifies', 'relation': none, 'columns': {}}) -%}
  {%- endif -%}
  {%- for table in tables %}
  select
    {{ binary_text(dbt.string_literal(dbt.escape_single_quotes(table['source_name'])) ~ '::text') }} as source_name,
    {{ binary_text(dbt.string_literal(table['table_name']) ~ '::text') }} as source_table,
    {{ clean_id(source_text(table, 'id')) }} as id,
    {{ clean_id(source_text(table, 'anonymous_id')) }} as anonymous_id,
    {{ clean_id(source_text(table, 'previous_id')) if table['table_name'] == 'aliases' else binary_text('cast(null as text)') }} as previous_id,
    {{ clean_id(source_text(table, 'user_id')) }} as user_id,
    {{ source_time(table, 'timestamp') if table['relation'] else 'cast(null as timestamp with time zone)' }} as "timestamp",
    {{ source_time(table, 'received_at') if table['relation'] else 'cast(null as timestamp with time zone)' }} as received_at
  {% if table['relation'] -%}
  from {{ table['relation'] }} as segment_row
  {%- else -%}
  where false
  {%- endif %}
  {{ 'union all' if not loop.last }}
  {%- endfor %}
{%- endmacro %}
