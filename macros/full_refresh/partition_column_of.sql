{% macro partition_column_of(relation) -%}
  {%- set found = run_query(
    'select attribute.attname from pg_partitioned_table as partitioned'
    ~ ' join pg_attribute as attribute on attribute.attrelid = partitioned.partrelid and attribute.attnum = partitioned.partattrs[0]'
    ~ ' where partitioned.partrelid = ' ~ sql_list([relation.include(database=false) | string]) ~ '::regclass'
  ) -%}
  {{ return(found[0][0] if found | length > 0 else '') }}
{%- endmacro %}
