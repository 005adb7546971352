{% macro said_utm(utm_value) -%}
  {#- a UTM value as the channel rules read it: in lower case, null where it is a placeholder for nothing -#}
  {%- set value = 'lower(trim(' ~ utm_value ~ '))' -%}
  case when {{ value }} not in ('null', '(not set)', 'undefined', 'none') then {{ value }} end
{%- endmacro %}
