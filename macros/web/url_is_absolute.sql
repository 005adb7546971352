{% macro url_is_absolute(url) -%}
  {#- whether the URL says where its host begins: by `scheme://` or a leading `//` -#}
  {{ return(adapter.dispatch('url_is_absolute', 'segment_attribution')(url)) }}
{%- endmacro %}

{% macro default__url_is_absolute(url) -%}
  case
      when starts_with({{ url }}, 'https://') or starts_with({{ url }}, 'http://') then true
      when strpos({{ url }}, '//') = 0 then false
      else {{ url }} ~ '^([A-Za-z][A-Za-z0-9+.-]*:)?//'
  end
{%- endmacro %}
