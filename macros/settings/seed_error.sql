{% macro seed_error(seed, place, problem, next_step) -%}
  {%- do exceptions.raise_compiler_error("list '" ~ seed ~ "' (seeds/" ~ seed ~ '.csv), ' ~ place ~ ': ' ~ problem ~ '; ' ~ next_step) -%}
{%- endmacro %}
