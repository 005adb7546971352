{% macro sql_list(values) -%}
  {%- set quoted = [] -%}
  {%- for value in values -%}
    {%- do quoted.append(dbt.string_literal(dbt.escape_single_quotes(value | string))) -%}
  {%- endfor -%}
  {{ return(quoted | join(', ') if quoted else 'null') }}
{%- endmacro %}
