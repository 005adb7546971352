{% macro is_host_of(host, domains) -%}
  {#- whether a host is one of these domains or a subdomain of one -#}
  {%- set tests = [] -%}
  {%- for domain in domains -%}
    {%- set name = domain | trim | lower -%}
    {%- do tests.append(host ~ ' = ' ~ sql_list([name])) -%}
    {%- do tests.append('right(' ~ host ~ ', ' ~ (name | length + 1) ~ ') = ' ~ sql_list(['.' ~ name])) -%}
  {%- endfor -%}
  {{ return('(' ~ tests | join(' or ') ~ ')' if tests else 'false') }}
{%- endmacro %}
