{% macro empty_ids() -%}
  {#- what stands for "no id" in the wild, compared in lower case; vars.blocked_ids adds to them -#}
  {%- set values = ['', 'null', 'undefined', 'none', 'nan', '0', '00000000-0000-0000-0000-000000000000'] -%}
  {%- for value in var('blocked_ids') if value | trim | lower not in values -%}
    {%- do values.append(value | trim | lower) -%}
  {%- endfor -%}
  {{ return(values) }}
{%- endmacro %}
