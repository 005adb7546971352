{% macro check_source_columns() -%}
  {#- before anything is written: what a run cannot do without, and what changed since the last one -#}
  {%- set remembered = remembered_columns() -%}
  {%- set catalog = source_catalog() -%}
  {%- for segment_source in var('segment_sources') -%}
    {%- for table_name in ['tracks', 'pages', 'screens', 'identifies', 'aliases'] -%}
      {%- set place = segment_source['schema'] ~ '.' ~ table_name -%}
      {%- set columns = catalog.get((segment_source['schema'], table_name)) -%}
      {%- if columns -%}
        {%- do check_table_columns(place, table_name, columns, remembered.get((segment_source['name'], table_name), {})) -%}
      {%- elif table_name == 'tracks' -%}
        {%- do source_error(place, 'the table is missing or not readable',
          "check vars.segment_sources (schema '" ~ segment_source['schema'] ~ "') and grant usage on the schema and select on the table"
        ) -%}
      {%- elif (segment_source['name'], table_name) in remembered -%}
        {{ log('notice: ' ~ place ~ ' is gone: its rows stay in the tables, no new ones are read', info=true) }}
      {%- else -%}
        {{ log('notice: ' ~ place ~ ' does not exist: skipped', info=true) }}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
{%- endmacro %}
