{% macro shaping_seeds() -%}
  {#- the lists that count as settings: a changed one leads to new sessions -#}
  {{ return([
    'referrer_hosts', 'ga4_source_categories', 'source_aliases', 'channel_rules', 'paid_media', 'click_ids',
    'crawler_user_agents',
  ]) }}
{%- endmacro %}
