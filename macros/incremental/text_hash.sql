{% macro text_hash(expression) -%}
  {{ return(adapter.dispatch('text_hash', 'segment_attribution')(expression)) }}
{%- endmacro %}

{% macro default__text_hash(expression) -%}
  xxhash64({{ expression }})
{%- endmacro %}

{% macro postgres__text_hash(expression) -%}
  {#- 8 bytes index any text, 1 MB ids too; the text itself is always compared as well -#}
  hashtextextended({{ expression }}, 0)
{%- endmacro %}
