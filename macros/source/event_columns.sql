{% macro event_columns() -%}
  {#- the columns of an event, in the order in which they break the last ties between two copies -#}
  {{ return([
    'event', 'event_text', 'anonymous_id', 'user_id', 'page_url', 'page_title', 'referrer',
    'context_campaign_source', 'context_campaign_medium', 'context_campaign_name',
    'context_campaign_term', 'context_campaign_content', 'context_ip', 'context_user_agent',
  ]) }}
{%- endmacro %}
