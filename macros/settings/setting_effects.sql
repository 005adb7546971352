{% macro setting_effects() -%}
  {#- the first model of the rebuild chain whose rows a setting shapes; those behind it follow -#}
  {{ return({
    'blocked_ids': 'app_tracks',
    'segment_sources': 'app_tracks',
    'max_users_per_anonymous_id': 'identity_map',
    'session_timeout_minutes': 'identity_sessions',
    'signup_events': 'identity_sessions',
    'page_view_events': 'identity_sessions',
    'blog_url_pattern': 'identity_sessions',
    'own_domains': 'identity_sessions',
    'referrer_hosts': 'identity_sessions',
    'ga4_source_categories': 'identity_sessions',
    'source_aliases': 'identity_sessions',
  }) }}
{%- endmacro %}
