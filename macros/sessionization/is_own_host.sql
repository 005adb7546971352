{% macro is_own_host(host) -%}
  {{ return(is_host_of(host, var('own_domains'))) }}
{%- endmacro %}
