{% macro entry_columns() -%}
  {#- what a session takes from its entry event -#}
  {{ return([
    'first_page_url', 'referrer', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content',
    'click_id', 'source', 'medium', 'canonical_source', 'channel', 'channel_rule', 'is_paid', 'exclusion_reason',
  ]) }}
{%- endmacro %}
