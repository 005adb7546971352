{% macro url_query(url) -%}
  {#- the query of a URL as written: after the first `?` up to `#`; null where there is no `?` -#}
  {{ return(adapter.dispatch('url_query', 'segment_attribution')(url)) }}
{%- endmacro %}

{% macro default__url_query(url) -%}
  {#- substr walks the characters, split_part counts bytes: only a second `?` needs the slow way -#}
  {%- set before_fragment = "split_part(" ~ url ~ ", '#', 1)" -%}
  case
      when {{ url }} not like '%?%' then null
      when {{ url }} like '%?%?%' or {{ url }} like '%#%?%'
          then substr({{ before_fragment }}, nullif(strpos({{ before_fragment }}, '?'), 0) + 1)
      else split_part({{ before_fragment }}, '?', 2)
  end
{%- endmacro %}
