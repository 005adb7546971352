{% macro page_of(url) -%}
  {#- the page without what changes from visit to visit: query and fragment -#}
  nullif(split_part(split_part({{ url }}, '#', 1), '?', 1), '')
{%- endmacro %}
