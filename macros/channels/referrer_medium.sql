{% macro referrer_medium() -%}
  {#- the medium by referrer alone -#}
  case
      when referrer is null or referrer_host is null then '(none)'
      when referrer_kind = 'search' then 'organic'
      when referrer_kind = 'social' then 'social'
      when referrer_kind = 'ai' then 'ai-assistant'
      when referrer_kind = 'mail' then 'email'
      else 'referral'
  end
{%- endmacro %}
