{% macro source_time(table, column_name) -%}
  {%- set data_type = table['columns'].get(column_name) -%}
  {%- if data_type == 'timestamp without time zone' -%}
    ({{ adapter.quote(column_name) }} at time zone 'UTC')
  {%- elif data_type == 'timestamp with time zone' -%}
    {{ adapter.quote(column_name) }}
  {%- else -%}
    cast({{ adapter.quote(column_name) }} as timestamp with time zone)
  {%- endif -%}
{%- endmacro %}
