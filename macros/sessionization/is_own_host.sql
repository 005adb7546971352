{% macro is_own_host(host) -%}
  {%- set tests = [] -%}
  {%- for domain in var('own_domains') -%}
    {%- set name = domain | lower -%}
    {%- do tests.append(host ~ ' = ' ~ sql_list([name])) -%}
    {%- do tests.append('right(' ~ host ~ ', ' ~ (name | length + 1) ~ ') = ' ~ sql_list(['.' ~ name])) -%}
  {%- endfor -%}
  {{ return('(' ~ tests | join(' or ') ~ ')' if tests else 'false') }}
{%- endmacro %}
