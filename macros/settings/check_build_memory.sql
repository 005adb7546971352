{% macro check_build_memory() -%}
  {%- set value = var('build_memory') -%}
  {%- if value is not string or not modules.re.match('^[1-9][0-9]*(kB|MB|GB)$', value) -%}
    {%- do setting_error('build_memory', 'is ' ~ tojson(value), 'write a number with kB, MB or GB, as in 256MB') -%}
  {%- endif -%}
{%- endmacro %}
