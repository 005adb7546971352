{% macro days_between(start, finish) -%}
  {#- whole days of 24 hours from one moment to a later one: day 0 is the first -#}
  cast(floor(extract(epoch from {{ finish }} - {{ start }}) / 86400) as integer)
{%- endmacro %}
