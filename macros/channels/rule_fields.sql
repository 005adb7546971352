{% macro rule_fields() -%}
  {#- what a rule may ask of a session, and where classified_entries has it, in lower case -#}
  {{ return({
    'source': 'canonical_source',
    'medium': 'channel_medium',
    'campaign': 'channel_campaign',
    'term': 'lower(utm_term)',
    'content': 'lower(utm_content)',
    'category': 'source_category',
    'click_id': 'click_id',
    'referrer_host': 'case when referrer is not null then referrer_host end',
    'page_host': 'page_host',
  }) }}
{%- endmacro %}
