{% macro source_text(table, column_name) -%}
  {%- if column_name in table['columns'] -%}
    {{ binary_text('cast(' ~ adapter.quote(column_name) ~ ' as ' ~ dbt.type_string() ~ ')') }}
  {%- else -%}
    {{ binary_text('cast(null as ' ~ dbt.type_string() ~ ')') }}
  {%- endif -%}
{%- endmacro %}
