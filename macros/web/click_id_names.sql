{% macro click_id_names() -%}
  {#- the parameters ad platforms add to a clicked link; where a URL has several, the first here counts -#}
  {{ return([
    'gclid', 'gbraid', 'wbraid', 'dclid', 'msclkid', 'fbclid', 'ttclid', 'twclid', 'li_fat_id', 'irclickid',
  ]) }}
{%- endmacro %}
