{% macro check_extra_columns() -%}
  {%- set taken = ['source_name', 'source_table', 'id', 'timestamp', 'received_at'] + event_columns() -%}
  {%- for column_name in var('extra_columns') -%}
    {%- if column_name in taken -%}
      {%- do setting_error('extra_columns', "holds '" ~ column_name ~ "', which app_tracks has already", 'leave it out') -%}
    {%- endif -%}
    {%- if '"' in column_name -%}
      {%- do setting_error('extra_columns', "holds '" ~ column_name ~ "', and dbt cannot write a name with a double quote", 'leave it out') -%}
    {%- endif -%}
    {%- if column_name | length > 63 -%}
      {%- do setting_error('extra_columns', "holds '" ~ column_name ~ "', longer than a column name may be (63)", 'name a column of the source') -%}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}
