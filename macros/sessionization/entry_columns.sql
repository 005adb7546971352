{% macro entry_columns() -%}
  {#- what a session takes from its entry event -#}
  {{ return([
    'first_page_url', 'referrer', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content',
    'click_id', 'source', 'medium', 'channel', 'is_paid',
  ]) }}
{%- endmacro %}
