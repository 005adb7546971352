{% macro campaign_text(expression) -%}
  {#- 500 characters are more than any ad platform hands out and what an index row surely holds;
      app_tracks keeps the value whole -#}
  left({{ expression }}, 500)
{%- endmacro %}
