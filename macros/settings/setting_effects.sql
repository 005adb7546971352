{% macro setting_effects() -%}
  {#- the first model of the rebuild chain whose rows a setting shapes; those behind it follow -#}
  {%- set effects = {
    'blocked_ids': 'app_tracks',
    'segment_sources': 'app_tracks',
    'max_users_per_anonymous_id': 'identity_map',
    'session_timeout_minutes': 'identity_sessions',
    'signup_events': 'identity_sessions',
    'page_view_events': 'identity_sessions',
    'blog_url_pattern': 'identity_sessions',
    'own_domains': 'identity_sessions',
    'exclude_user_agents': 'identity_sessions',
    'exclude_ips': 'identity_sessions',
    'exclude_hosts': 'identity_sessions',
    'exclude_email_domains': 'all_sessions',
    'reporting': 'touch_credit',
    'attribution_models': 'touch_credit',
    'attribution_lookback_days': 'touch_credit',
    'time_decay_half_life_days': 'touch_credit',
  } -%}
  {%- for seed in shaping_seeds() -%}
    {%- do effects.update({seed: 'identity_sessions'}) -%}
  {%- endfor -%}
  {{ return(effects) }}
{%- endmacro %}
