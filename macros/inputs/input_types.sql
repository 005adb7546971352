{% macro input_types(name) -%}
  {#- the columns of the table of an input, with their types; none where there is no such table, or at parse time -#}
  {%- set types = {} -%}
  {%- set input = var(name) -%}
  {%- if execute and input -%}
    {%- for row in run_query(
      'select attribute.attname, format_type(attribute.atttypid, null) from pg_attribute as attribute'
      ~ ' inner join pg_class as class on class.oid = attribute.attrelid'
      ~ ' inner join pg_namespace as namespace on namespace.oid = class.relnamespace'
      ~ ' where namespace.nspname = ' ~ sql_list([input['schema']]) ~ ' and class.relname = ' ~ sql_list([input['table']])
      ~ " and class.relkind in ('r', 'p', 'v', 'm', 'f') and attribute.attnum > 0 and not attribute.attisdropped"
    ) -%}
      {%- do types.update({row[0]: row[1]}) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(types) }}
{%- endmacro %}
