{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ return(contract_schema(custom_schema_name)) }}
{%- endmacro %}
