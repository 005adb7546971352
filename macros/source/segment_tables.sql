{% macro segment_tables(wanted) -%}
  {#- the tables of every Segment source that exist, with their columns; dbt puts quotes around a name, and
      leaves those within it as they are -#}
  {%- set found = [] -%}
  {%- set catalog = source_catalog() -%}
  {%- for segment_source in var('segment_sources') -%}
    {%- for table_name in wanted if (segment_source['schema'], table_name) in catalog -%}
      {%- do found.append({
        'source_name': segment_source['name'],
        'table_name': table_name,
        'relation': adapter.Relation.create(
          database=target.database, schema=segment_source['schema'] | replace('"', '""'), identifier=table_name,
        ),
        'columns': catalog[(segment_source['schema'], table_name)],
      }) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}
