{% macro rebuild_chain() -%}
  {#- models in the order in which they derive from each other -#}
  {{ return([
    'app_tracks', 'identity_calls', 'known_pairs', 'identity_map', 'identity_sessions',
    'all_sessions', 'useful_sessions', 'excluded_sessions', 'attribution',
    'touch_credit', 'signup_activity',
  ]) }}
{%- endmacro %}
