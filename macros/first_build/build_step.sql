{% macro build_step() -%}
  {#- the step of a first build that the runner is at, as kind; 'none' in every other run -#}
  {{ return((var('build_step', none) or {}).get('kind', 'none')) }}
{%- endmacro %}
