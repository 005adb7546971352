{% macro referrer_source() -%}
  {#- the source by referrer alone -#}
  case
      when referrer is null or referrer_host is null then '(direct)'
      when referrer_kind <> 'other' then lower(referrer_name)
      when starts_with(referrer_host, 'www.') and referrer_host <> 'www.' then substr(referrer_host, 5)
      else referrer_host
  end
{%- endmacro %}
