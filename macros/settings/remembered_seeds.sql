{% macro remembered_seeds() -%}
  {#- every list whose file is remembered, so that a night need not load it again -#}
  {{ return(shaping_seeds() + ['answer_meanings']) }}
{%- endmacro %}
