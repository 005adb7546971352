{% macro column_names(relation) -%}
  {%- set names = [] -%}
  {%- for row in run_query(
    'select attname from pg_attribute where attrelid = '
    ~ sql_list([relation.include(database=false) | string]) ~ '::regclass and attnum > 0 and not attisdropped order by attnum'
  ) -%}
    {%- do names.append(row[0]) -%}
  {%- endfor -%}
  {{ return(names) }}
{%- endmacro %}
