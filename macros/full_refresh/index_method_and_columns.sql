{% macro index_method_and_columns(index_oid) -%}
  {{ return("split_part(pg_get_indexdef(" ~ index_oid ~ "), ' USING ', 2)") }}
{%- endmacro %}
