{% macro check_blog_url_pattern() -%}
  {%- set value = var('blog_url_pattern') -%}
  {%- set next_step = 'give a POSIX regular expression for host and path' -%}
  {%- if value is not string or not value -%}
    {%- do setting_error('blog_url_pattern', 'is ' ~ tojson(value) ~ ', not a text', next_step) -%}
  {%- endif -%}
  {%- do check_regular_expression(value, setting_place('blog_url_pattern'), next_step) -%}
{%- endmacro %}
