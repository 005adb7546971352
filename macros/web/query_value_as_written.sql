{% macro query_value_as_written(enclosed_query, name) -%}
  {#- the value of the first parameter of exactly this name in `&query&`, not decoded; '' where there is none -#}
  {{ return(adapter.dispatch('query_value_as_written', 'segment_attribution')(enclosed_query, name)) }}
{%- endmacro %}

{% macro default__query_value_as_written(enclosed_query, name) -%}
  {#- cut at the name without a value first: where that comes first, it hides the later ones -#}
  split_part(split_part(split_part({{ enclosed_query }}, '&{{ name }}&', 1), '&{{ name }}=', 2), '&', 1)
{%- endmacro %}
