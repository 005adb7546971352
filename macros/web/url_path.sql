{% macro url_path(url) -%}
  {#- the path of a URL as written: what stands between its host and its query or fragment, perhaps '' -#}
  {{ return(adapter.dispatch('url_path', 'segment_attribution')(url)) }}
{%- endmacro %}

{% macro default__url_path(url) -%}
  (
      select substr(url_place, char_length(split_part(split_part(url_place, '/', 1), E'\\', 1)) + 1)
      from (
          select
              split_part(split_part(
                  case
                      when starts_with({{ url }}, 'https://') then substr({{ url }}, 9)
                      when starts_with({{ url }}, 'http://') then substr({{ url }}, 8)
                      else regexp_replace({{ url }}, '^([A-Za-z][A-Za-z0-9+.-]*:)?//', '')
                  end, '#', 1
              ), '?', 1) as url_place
          offset 0
      ) as written
  )
{%- endmacro %}
