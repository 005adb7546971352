{% macro is_empty_id(expression) -%}
  {#- whether an id is missing or one of empty_ids: what clean_id reads as null -#}
  {{ return(adapter.dispatch('is_empty_id', 'segment_attribution')(expression)) }}
{%- endmacro %}

{% macro default__is_empty_id(expression) -%}
  coalesce(lower(trim({{ expression }})) in ({{ sql_list(empty_ids()) }}), true)
{%- endmacro %}

{% macro postgres__is_empty_id(expression) -%}
  {#- Nearly every id shows by its first character that it is none of them: a fifth of the time of trimming it.
      ascii() raises on characters beyond ASCII in some encodings, so these are told by their order. -#}
  {%- set codes = [9, 10, 11, 12, 13, 32] -%}
  {%- for value in empty_ids() if value -%}
    {%- for character in [value[0], value[0].upper()] if character.encode('utf-8')[0] not in codes -%}
      {%- do codes.append(character.encode('utf-8')[0]) -%}
    {%- endfor -%}
  {%- endfor -%}
  case
      {% if codes | max < 127 -%}
      when {{ expression }} > '~' then false
      when ascii({{ expression }}) not in (0, {{ codes | join(', ') }}) then false
      {% endif -%}
      when {{ expression }} is null then true
      else lower(btrim({{ expression }}, E' \t\n\r\f\x0b')) in ({{ sql_list(empty_ids()) }})
  end
{%- endmacro %}
