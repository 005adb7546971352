{% macro url_authority(url) -%}
  {#- what stands between a URL's `scheme://` and its path: user, host and port as written -#}
  {{ return(adapter.dispatch('url_authority', 'segment_attribution')(url)) }}
{%- endmacro %}

{% macro default__url_authority(url) -%}
  {#- split_part counts bytes, where substr and left would walk the characters: twice as fast -#}
  {%- set up_to_slash -%}
    case
        when starts_with({{ url }}, 'https://') or starts_with({{ url }}, 'http://')
            then split_part({{ url }}, '/', 3)
        when strpos({{ url }}, '//') = 0 then split_part({{ url }}, '/', 1)
        else split_part(regexp_replace({{ url }}, '^([A-Za-z][A-Za-z0-9+.-]*:)?//', ''), '/', 1)
    end
  {%- endset -%}
  split_part(split_part(split_part({{ up_to_slash }}, '?', 1), '#', 1), E'\\', 1)
{%- endmacro %}
