{% macro seeded_hash(expression, seed) -%}
  {{ return(adapter.dispatch('seeded_hash', 'segment_attribution')(expression, seed)) }}
{%- endmacro %}

{% macro default__seeded_hash(expression, seed) -%}
  xxhash64({{ expression }}, {{ seed }})
{%- endmacro %}

{% macro postgres__seeded_hash(expression, seed) -%}
  {#- as runner/queries/forget_block.sql has it -#}
  hashtextextended({{ expression }}, {{ seed }})
{%- endmacro %}
