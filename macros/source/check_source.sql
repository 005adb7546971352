{% macro check_source() -%}
  {#- also an operation of its own: the nightly looks before it makes a month or builds a model -#}
  {%- if execute -%}
    {%- do check_target() -%}
    {%- do check_settings() -%}
    {%- do check_source_columns() -%}
  {%- endif -%}
{%- endmacro %}
