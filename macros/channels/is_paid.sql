{% macro is_paid(utm_medium, click_id) -%}
  {#- GA4's words for paid clicks in the medium, or a click id that only ads carry (Facebook tags every link) -#}
  {%- set medium = 'lower(' ~ utm_medium ~ ')' -%}
  (
      coalesce({{ click_id }} <> 'fbclid', false)
      or coalesce(
          {{ is_paid_medium(medium) }} or {{ medium }} in ('display', 'banner', 'expandable', 'interstitial'), false
      )
  )
{%- endmacro %}
