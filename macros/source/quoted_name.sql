{% macro quoted_name(name) -%}
  {#- a name of the source as SQL takes it: dbt's own quoting leaves a quote in it as it is -#}
  {{ return('"' ~ name | replace('"', '""') ~ '"') }}
{%- endmacro %}
