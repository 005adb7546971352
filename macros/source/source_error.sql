{% macro source_error(place, problem, next_step) -%}
  {%- do exceptions.raise_compiler_error('source ' ~ place ~ ': ' ~ problem ~ '; ' ~ next_step) -%}
{%- endmacro %}
