{% macro same_columns(relation, select_sql) -%}
  {#- whether `create or replace` takes the new definition: it may add columns at the end and nothing else -#}
  {%- set stored = [] -%}
  {%- for column in adapter.get_columns_in_relation(relation) -%}
    {%- do stored.append(column.name ~ ' ' ~ column.data_type) -%}
  {%- endfor -%}
  {%- set wanted = [] -%}
  {%- for column in get_column_schema_from_query(select_sql) -%}
    {%- do wanted.append(column.name ~ ' ' ~ column.data_type) -%}
  {%- endfor -%}
  {{ return(wanted[:stored | length] == stored) }}
{%- endmacro %}
