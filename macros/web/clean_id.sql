{% macro clean_id(expression) -%}
  {{ return(adapter.dispatch('clean_id', 'segment_attribution')(expression)) }}
{%- endmacro %}

{% macro default__clean_id(expression) -%}
  case
      when lower(trim({{ expression }})) in ({{ sql_list(empty_ids()) }}) then null
      else trim({{ expression }})
  end
{%- endmacro %}

{% macro postgres__clean_id(expression) -%}
  {#- most ids show by their length and ends that there is nothing to clean: 3 times faster than trimming each -#}
  {%- set zero_id = '00000000-0000-0000-0000-000000000000' -%}
  {%- set lengths = [] -%}
  {%- for value in empty_ids() if value != zero_id and value | length not in lengths -%}
    {%- do lengths.append(value | length) -%}
  {%- endfor -%}
  {%- set trimmed = 'btrim(' ~ expression ~ ", E' \\t\\n\\r\\f\\x0b')" -%}
  case
      when
          {{ expression }} >= '!'
          and right({{ expression }}, 1) > ' '
          and char_length({{ expression }}) not in ({{ lengths | join(', ') }})
          and {{ expression }} <> '{{ zero_id }}'
          then {{ expression }}
      when lower({{ trimmed }}) in ({{ sql_list(empty_ids()) }}) then null
      else {{ trimmed }}
  end
{%- endmacro %}
