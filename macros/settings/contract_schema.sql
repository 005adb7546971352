{% macro contract_schema(name) -%}
  {%- if name is none -%}
    {{ return(target.schema) }}
  {%- elif target.name == 'prod' -%}
    {{ return(name | trim) }}
  {%- else -%}
    {{ return(target.schema ~ '_' ~ (name | trim)) }}
  {%- endif -%}
{%- endmacro %}
