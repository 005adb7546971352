{% macro is_signup(relation) -%}
  coalesce(
      {{ relation }}.event in ({{ sql_list(var('signup_events')) }})
      or {{ relation }}.event_text in ({{ sql_list(var('signup_events')) }}),
      false
  )
{%- endmacro %}
