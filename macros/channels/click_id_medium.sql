{% macro click_id_medium(click_id) -%}
  {#- the medium that a click id alone gives away; fbclid is on every link that leaves Facebook -#}
  case {{ click_id }}
      when 'gclid' then 'cpc'
      when 'gbraid' then 'cpc'
      when 'wbraid' then 'cpc'
      when 'dclid' then 'display'
      when 'msclkid' then 'cpc'
      when 'ttclid' then 'cpc'
      when 'twclid' then 'cpc'
      when 'li_fat_id' then 'cpc'
      when 'irclickid' then 'affiliate'
  end
{%- endmacro %}
