{% macro url_parameter(url, name) -%}
  {#- the decoded value of a URL's parameter: the first of exactly this name wins, blank reads as null.
      For several of one URL, take its url_query once and query_parameter of that. -#}
  {{ return(adapter.dispatch('url_parameter', 'segment_attribution')(url, name)) }}
{%- endmacro %}

{% macro default__url_parameter(url, name) -%}
  case
      when coalesce(strpos({{ url }}, '{{ name }}='), 0) = 0 then null
      else (
          select {{ query_parameter('url_query', name) }}
          from (select {{ url_query(url) }} as url_query offset 0) as written
      )
  end
{%- endmacro %}
