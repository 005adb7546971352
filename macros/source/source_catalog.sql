{% macro source_catalog() -%}
  {#- one query: columns and types of the tables of every Segment source, by (schema, table) -#}
  {%- set schemas = var('segment_sources') | map(attribute='schema') | list -%}
  {%- set found = {} -%}
  {%- if execute -%}
    {%- for row in run_query(
      "select namespace.nspname, class.relname, attribute.attname, format_type(attribute.atttypid, null)"
      ~ " from pg_attribute as attribute"
      ~ " inner join pg_class as class on class.oid = attribute.attrelid"
      ~ " inner join pg_namespace as namespace on namespace.oid = class.relnamespace"
      ~ " where namespace.nspname in (" ~ sql_list(schemas) ~ ")"
      ~ " and class.relname in ('tracks', 'pages', 'screens', 'identifies', 'aliases')"
      ~ " and class.relkind in ('r', 'p', 'v', 'm', 'f')"
      ~ " and attribute.attnum > 0 and not attribute.attisdropped"
      ~ " order by class.oid, attribute.attnum"
    ) -%}
      {%- if (row[0], row[1]) not in found -%}
        {%- do found.update({(row[0], row[1]): {}}) -%}
      {%- endif -%}
      {%- do found[(row[0], row[1])].update({row[2]: row[3]}) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(found) }}
{%- endmacro %}
