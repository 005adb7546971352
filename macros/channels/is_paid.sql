{% macro is_paid(utm_medium, click_id) -%}
  {#- GA4's words for paid clicks in the medium, or a click id that only ads carry (Facebook tags every link) -#}
  {%- set medium = 'lower(' ~ utm_medium ~ ')' -%}
  (
      coalesce({{ click_id }} <> 'fbclid', false)
      or coalesce(
          {{ medium }} like '%cp%'
          or {{ medium }} like 'paid%'
          or {{ medium }} in ('ppc', 'retargeting', 'display', 'banner', 'expandable', 'interstitial'),
          false
      )
  )
{%- endmacro %}
