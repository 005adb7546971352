{% macro first_text(table, column_names) -%}
  {%- set present = [] -%}
  {%- for column_name in column_names if column_name in table['columns'] -%}
    {%- do present.append(blank_to_null(source_text(table, column_name))) -%}
  {%- endfor -%}
  {%- if not present -%}
    {{ source_text(table, column_names[0]) }}
  {%- elif present | length == 1 -%}
    {{ present[0] }}
  {%- else -%}
    coalesce({{ present | join(', ') }})
  {%- endif -%}
{%- endmacro %}
