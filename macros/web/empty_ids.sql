{% macro empty_ids() -%}
  {#- what stands for "no id" in the wild, compared in lower case; vars.blocked_ids adds to them -#}
  {%- set values = ['', 'null', 'undefined', 'none', 'nan', '0', '00000000-0000-0000-0000-000000000000'] -%}
  {#- trimmed and lowered as the server does it: A to Z only -#}
  {%- for value in var('blocked_ids') -%}
    {%- set blocked = value.strip(' \t\n\r\f\x0b').encode('utf-8').lower().decode('utf-8') -%}
    {%- if blocked not in values -%}
      {%- do values.append(blocked) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(values) }}
{%- endmacro %}
