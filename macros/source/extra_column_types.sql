{% macro extra_column_types(tables, stored_types={}) -%}
  {#- the type of the source; text where two sources disagree, none has the column yet or app_tracks holds text -#}
  {%- set types = {} -%}
  {%- for column_name in var('extra_columns') -%}
    {%- set seen = [] -%}
    {%- for table in tables if column_name in table['columns'] -%}
      {%- set data_type = carried_type(table['columns'][column_name]) -%}
      {%- if data_type not in seen -%}
        {%- do seen.append(data_type) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- set is_text = seen | length != 1 or stored_types.get(column_name) == 'text' -%}
    {%- do types.update({column_name: 'text' if is_text else seen[0]}) -%}
  {%- endfor -%}
  {{ return(types) }}
{%- endmacro %}
