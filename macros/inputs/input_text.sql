{% macro input_text(column_name) -%}
  {#- a column of an input as trimmed text; null where it is blank, or the setting names none -#}
  {%- if column_name -%}
    nullif(trim(cast({{ adapter.quote(column_name) }} as text)), '')
  {%- else -%}
    cast(null as text)
  {%- endif -%}
{%- endmacro %}
