{% macro referrer_page(referrer) -%}
  {#- a referrer up to its query: what can tell one listed path of a host from another -#}
  split_part({{ referrer }}, '?', 1)
{%- endmacro %}
