{% macro check_settings() -%}
  {%- do check_segment_sources() -%}
  {%- for name in ['signup_events', 'page_view_events', 'own_domains', 'blocked_ids', 'extra_columns'] -%}
    {%- do check_text_list(name) -%}
  {%- endfor -%}
  {%- if not var('signup_events') -%}
    {%- do setting_error('signup_events', 'is empty', 'name at least one event that is a signup') -%}
  {%- endif -%}
  {%- do check_number('late_arrival_hours', 0, 1000000) -%}
  {%- do check_number('session_timeout_minutes', 1, 525600) -%}
  {%- if var('max_users_per_anonymous_id') is not none -%}
    {%- do check_number('max_users_per_anonymous_id', 1, 1000000000) -%}
  {%- endif -%}
  {%- if var('rebuild_on_change') is not boolean -%}
    {%- do setting_error('rebuild_on_change', 'is ' ~ tojson(var('rebuild_on_change')), 'write true or false') -%}
  {%- endif -%}
  {%- do check_build_memory() -%}
  {%- do check_blog_url_pattern() -%}
  {%- do check_own_domains() -%}
  {%- do check_exclusions() -%}
  {%- do check_extra_columns() -%}
  {%- do check_reporting() -%}
{%- endmacro %}
