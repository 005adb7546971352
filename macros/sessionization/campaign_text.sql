{% macro campaign_text(expression) -%}
  {#- 500 characters are more than any ad platform hands out and what a row of an index on one such column
      surely holds (2,000 of 2,704 bytes);
      app_tracks keeps the value whole -#}
  left({{ expression }}, 500)
{%- endmacro %}
