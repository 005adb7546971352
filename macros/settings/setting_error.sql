{% macro setting_error(name, problem, next_step) -%}
  {%- do exceptions.raise_compiler_error(setting_place(name) ~ ': ' ~ problem ~ '; ' ~ next_step) -%}
{%- endmacro %}
