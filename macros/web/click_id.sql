{% macro click_id(url) -%}
  {#- the name of the ad click id a URL carries, the first of the list click_ids; null where it carries none -#}
  {{ return(adapter.dispatch('click_id', 'segment_attribution')(url)) }}
{%- endmacro %}

{% macro default__click_id(url) -%}
  {#- Most names end in `id`, which most URLs do not hold before a `=`. A value of nothing but white space,
      escaped or not, is no click id. -#}
  {%- set names = click_ids() | map(attribute='click_id') | list -%}
  {%- if not names -%}
    {{ return('cast(null as ' ~ dbt.type_string() ~ ')') }}
  {%- endif -%}
  {%- set hints = ['id='] -%}
  {%- for name in names if not name.endswith('id') -%}
    {%- do hints.append(name ~ '=') -%}
  {%- endfor -%}
  case
      when {% for hint in hints %}coalesce(strpos({{ url }}, '{{ hint }}'), 0) = 0{{ ' and ' if not loop.last }}{% endfor %} then null
      else (
          select
              case
                  {% for name in names -%}
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
