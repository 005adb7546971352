{% macro query_parameter(query, name) -%}
  {#- the decoded value of a parameter of url_query: the first of exactly this name wins, blank reads as null -#}
  {{ return(adapter.dispatch('query_parameter', 'segment_attribution')(query, name)) }}
{%- endmacro %}

{% macro default__query_parameter(query, name) -%}
  {#- Most queries do not hold the name at all, and most values hold nothing to decode. `offset 0` keeps the
      planner from writing an expression out at each of its uses. -#}
  {%- set enclosed_query = "'&' || " ~ query ~ " || '&'" -%}
  case
      when coalesce(strpos({{ query }}, '{{ name }}='), 0) = 0 then null
      else (
          select
              case
                  when url_value = '' then null
                  when strpos(url_value, '%') > 0 or strpos(url_value, '+') > 0
                      then (
                          select {{ blank_to_null('url_text') }}
                          from (select {{ url_decode('url_value') }} as url_text offset 0) as decoded
                      )
                  else {{ blank_to_null('url_value') }}
              end
          from (select {{ query_value_as_written(enclosed_query, name) }} as url_value offset 0) as written
      )
  end
{%- endmacro %}
