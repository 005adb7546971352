{% macro extra_column_types(tables) -%}
  {#- the type of the source; text where two sources disagree or none has the column yet -#}
  {%- set types = {} -%}
  {%- for column_name in var('extra_columns') -%}
    {%- set seen = [] -%}
    {%- for table in tables if column_name in table['columns'] and table['columns'][column_name] not in seen -%}
      {%- do seen.append(table['columns'][column_name]) -%}
    {%- endfor -%}
    {%- do types.update({column_name: seen[0] if seen | length == 1 else 'text'}) -%}
  {%- endfor -%}
  {{ return(types) }}
{%- endmacro %}
