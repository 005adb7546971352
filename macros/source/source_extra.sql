{% macro source_extra(table, column_name, data_type) -%}
  {%- if column_name in table['columns'] -%}
    cast({{ adapter.quote(column_name) }} as {{ data_type }})
  {%- else -%}
    cast(null as {{ data_type }})
  {%- endif -%}
{%- endmacro %}
