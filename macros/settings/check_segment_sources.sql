{% macro check_segment_sources() -%}
  {%- set value = var('segment_sources') -%}
  {%- set example = 'write it as [{name: app, schema: segment}]' -%}
  {%- if value is string or value is mapping or value is not iterable or not value -%}
    {%- do setting_error('segment_sources', 'is ' ~ tojson(value) ~ ', not a list of sources', example) -%}
  {%- endif -%}
  {%- set names = [] -%}
  {%- for item in value -%}
    {%- if item is not mapping -%}
      {%- do setting_error('segment_sources', 'holds ' ~ tojson(item) ~ ', not a name and a schema', example) -%}
    {%- endif -%}
    {%- for key in ['name', 'schema'] if item.get(key) is not string or not item.get(key) | trim -%}
      {%- do setting_error('segment_sources', 'has a source without a ' ~ key ~ ': ' ~ tojson(item), example) -%}
    {%- endfor -%}
    {%- if item['name'] in names -%}
      {%- do setting_error('segment_sources', "names the source '" ~ item['name'] ~ "' twice", 'give each source a name of its own') -%}
    {%- endif -%}
    {%- do names.append(item['name']) -%}
  {%- endfor -%}
{%- endmacro %}
