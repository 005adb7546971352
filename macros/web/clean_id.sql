{% macro clean_id(expression) -%}
  {{ return(adapter.dispatch('clean_id', 'segment_attribution')(expression)) }}
{%- endmacro %}

{% macro default__clean_id(expression) -%}
  case when {{ is_empty_id(expression) }} then null else trim({{ expression }}) end
{%- endmacro %}

{% macro postgres__clean_id(expression) -%}
  {#- most ids show by their first character and last byte that there is nothing to trim -#}
  case
      when {{ is_empty_id(expression) }} then null
      when
          {{ expression }} >= '!'
          and get_byte(convert_to({{ expression }}, getdatabaseencoding()), octet_length({{ expression }}) - 1) > 32
          then {{ expression }}
      else btrim({{ expression }}, E' \t\n\r\f\x0b')
  end
{%- endmacro %}
