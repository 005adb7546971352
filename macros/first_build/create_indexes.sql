{% macro postgres__create_indexes(relation) -%}
  {#- a first build loads first and indexes then -#}
  {%- if build_step() != 'prepare' -%}
    {{ dbt.default__create_indexes(relation) }}
  {%- endif -%}
{%- endmacro %}
