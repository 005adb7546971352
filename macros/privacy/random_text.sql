{% macro random_text() -%}
  {{ return(adapter.dispatch('random_text', 'segment_attribution')()) }}
{%- endmacro %}

{% macro default__random_text() -%}
  concat(uuid(), uuid())
{%- endmacro %}

{% macro postgres__random_text() -%}
  {#- two UUIDs from the server's strong random numbers: 244 bits -#}
  cast(gen_random_uuid() as text) || cast(gen_random_uuid() as text)
{%- endmacro %}
