{% macro blank_to_null(expression) -%}
  {#- null where the text is empty or ASCII white space only, else the text as written -#}
  {{ return(adapter.dispatch('blank_to_null', 'segment_attribution')(expression)) }}
{%- endmacro %}

{% macro default__blank_to_null(expression) -%}
  case when trim({{ expression }}) = '' then null else {{ expression }} end
{%- endmacro %}

{% macro postgres__blank_to_null(expression) -%}
  {#- a first character above the space shows most values not to be blank, without trimming them -#}
  case
      when {{ binary_text(expression) }} >= '!' then {{ expression }}
      when btrim({{ expression }}, E' \t\n\r\f\x0b') = '' then null
      else {{ expression }}
  end
{%- endmacro %}
