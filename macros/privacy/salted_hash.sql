{% macro salted_hash(expression, salt) -%}
  {{ return(adapter.dispatch('salted_hash', 'segment_attribution')(expression, salt)) }}
{%- endmacro %}

{% macro default__salted_hash(expression, salt) -%}
  sha2(concat({{ salt }}, {{ expression }}), 256)
{%- endmacro %}

{% macro postgres__salted_hash(expression, salt) -%}
  {#- as runner/queries/forget_block.sql has it -#}
  encode(sha256(convert_to({{ salt }} || {{ expression }}, getdatabaseencoding())), 'hex')
{%- endmacro %}
