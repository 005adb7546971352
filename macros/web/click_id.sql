{% macro click_id(url) -%}
  {#- the name of the ad click id a URL carries, null where it carries none -#}
  {{ return(adapter.dispatch('click_id', 'segment_attribution')(url)) }}
{%- endmacro %}

{% macro default__click_id(url) -%}
  {#- All names end in `id`, which most URLs do not hold before a `=`. A value of nothing but white
      space, escaped or not, is no click id. -#}
  case
      when coalesce(strpos({{ url }}, 'id='), 0) = 0 then null
      else (
          select
              case
                  {% for name in click_id_names() -%}
                  when
                      strpos(enclosed_query, '&{{ name }}=') > 0
                      and {{ query_value_as_written('enclosed_query', name) }} !~ '^([ \t\n\r\f\v+]|%(20|09|0[A-Da-d]))*$'
                      then '{{ name }}'
                  {% endfor -%}
              end
          from (select '&' || {{ url_query(url) }} || '&' as enclosed_query offset 0) as written
      )
  end
{%- endmacro %}
