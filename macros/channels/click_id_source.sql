{% macro click_id_source(click_id) -%}
  {#- the source that a click id alone gives away -#}
  case {{ click_id }}
      when 'gclid' then 'google'
      when 'gbraid' then 'google'
      when 'wbraid' then 'google'
      when 'msclkid' then 'bing'
      when 'fbclid' then 'facebook'
      when 'ttclid' then 'tiktok'
      when 'twclid' then 'twitter'
      when 'li_fat_id' then 'linkedin'
  end
{%- endmacro %}
