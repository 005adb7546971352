{% macro get_incremental_replace_sql(arg_dict) -%}
  {#- delete, not truncate: no reader waits, and an empty night writes nothing -#}
  {%- set columns = get_quoted_csv(arg_dict['dest_columns']) -%}
  delete from {{ arg_dict['target_relation'] }};
  insert into {{ arg_dict['target_relation'] }} ({{ columns }})
  select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}
