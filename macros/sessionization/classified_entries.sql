{% macro classified_entries(entries) -%}
  select
      identity, started_at, ended_at, event_count, page_view_count, has_user_id, signup_at, has_page,
      entry_at, entry_id, entry_source_name,
      {{ entry_columns() | join(', ') }},
      last_page_at, last_page_id, last_page_source_name, last_page_url,
      first_blog_at, first_blog_id, first_blog_source_name, first_blog_url
  from ({{ classified_entries_stub(entries) }}) as c
{%- endmacro %}
