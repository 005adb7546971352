{% macro is_paid_medium(medium) -%}
  {#- GA4's `^(.*cp.*|ppc|retargeting|paid.*)$` over a medium in lower case -#}
  ({{ medium }} like '%cp%' or {{ medium }} like 'paid%' or {{ medium }} in ('ppc', 'retargeting'))
{%- endmacro %}
