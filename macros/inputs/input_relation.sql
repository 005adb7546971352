{% macro input_relation(name) -%}
  {%- set input = var(name) -%}
  {{ return(api.Relation.create(database=target.database, schema=input['schema'], identifier=input['table'])) }}
{%- endmacro %}
