{% macro accept_hint() -%}
  {{ return('restore it, or accept it with: dbt run-operation accept_source_columns') }}
{%- endmacro %}
