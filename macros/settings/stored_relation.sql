{% macro stored_relation(schema_name, table_name) -%}
  {%- if not execute -%}{{ return(none) }}{%- endif -%}
  {{ return(load_relation(api.Relation.create(
    database=target.database, schema=contract_schema(schema_name), identifier=table_name,
  ))) }}
{%- endmacro %}
