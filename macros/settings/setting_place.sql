{% macro setting_place(name) -%}
  {{ return("setting '" ~ name ~ "' (vars." ~ name ~ ' in dbt_project.yml or --vars)') }}
{%- endmacro %}
