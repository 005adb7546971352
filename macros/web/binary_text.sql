{% macro binary_text(expression) -%}
  {{ return(adapter.dispatch('binary_text', 'segment_attribution')(expression)) }}
{%- endmacro %}

{% macro default__binary_text(expression) -%}
  {{ expression }}
{%- endmacro %}

{% macro postgres__binary_text(expression) -%}
  {#- bytewise order on every server, whatever the locale of its database -#}
  (({{ expression }}) collate "C")
{%- endmacro %}
