{% macro check_text_list(name) -%}
  {%- set value = var(name) -%}
  {%- if value is string or value is mapping or value is not iterable -%}
    {%- do setting_error(name, 'is ' ~ tojson(value) ~ ', not a list', 'write it as [first, second]') -%}
  {%- endif -%}
  {%- for item in value if item is not string or not item | trim -%}
    {%- do setting_error(name, 'holds ' ~ tojson(item) ~ ', which is not a text', 'put the value in quotes') -%}
  {%- endfor -%}
{%- endmacro %}
