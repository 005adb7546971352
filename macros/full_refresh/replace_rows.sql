{% macro replace_rows(target_relation, rows_relation, columns) -%}
  {#- the months and indexes that a full refresh needs are made; what it writes is given back -#}
  {%- set key = config.get('unique_key') -%}
  {%- set partition_column = config.get('meta', {}).get('partition_by') -%}
  {%- do run_statement('analyze ' ~ rows_relation) -%}
  {%- if partition_column -%}
    {%- do add_missing_months(target_relation, rows_relation, partition_column) -%}
    {%- if leaf_storage() and existing_months(target_relation) -%}
      {%- do run_statement(set_leaf_storage(target_relation)) -%}
    {%- endif -%}
  {%- endif -%}
  {%- do create_missing_indexes(target_relation) -%}
  {{ return(get_replace_rows_sql(target_relation, rows_relation, columns, [key] if key is string else key)) }}
{%- endmacro %}
