{% macro setting_error(name, problem, next_step) -%}
  {%- do exceptions.raise_compiler_error("setting '" ~ name ~ "' (vars." ~ name ~ ' in dbt_project.yml or --vars): ' ~ problem ~ '; ' ~ next_step) -%}
{%- endmacro %}
