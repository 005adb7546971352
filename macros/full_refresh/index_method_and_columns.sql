{% macro index_method_and_columns(index_oid) -%}
  {#- without its storage parameters: how full its pages are makes it no other index -#}
  {{ return("regexp_replace(split_part(pg_get_indexdef(" ~ index_oid ~ "), ' USING ', 2), ' WITH \\(.*\\)$', '')") }}
{%- endmacro %}
