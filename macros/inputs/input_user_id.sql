{% macro input_user_id(input) -%}
  {#- the user id of an input, cleaned and compared as Segment's are -#}
  {{ clean_id(binary_text('cast(' ~ adapter.quote(input['user_id']) ~ ' as text)')) }}
{%- endmacro %}
