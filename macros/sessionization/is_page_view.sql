{% macro is_page_view(relation) -%}
  (
      {{ relation }}.source_table = 'pages'
      or {{ relation }}.source_table = 'tracks' and coalesce(
          {{ relation }}.event in ({{ sql_list(var('page_view_events')) }})
          or {{ relation }}.event_text in ({{ sql_list(var('page_view_events')) }}),
          false
      )
  )
{%- endmacro %}
