{% macro is_shopping_campaign(campaign) -%}
  {#- GA4's `^(.*(([^a-df-z]|^)shop|shopping).*)$`: "shop" where a word begins, or "eshop", but no "workshop".
      Nearly all campaigns are told apart without the regular expression. -#}
  case
      when {{ campaign }} is null or {{ campaign }} not like '%shop%' then false
      else {{ campaign }} ~ '([^a-df-z]|^)shop|shopping'
  end
{%- endmacro %}
