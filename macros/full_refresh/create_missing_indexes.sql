{% macro create_missing_indexes(relation) -%}
  {#- Those of the model that the table lacks; dbt's names of indexes hold the hour of their birth, so definitions are
      compared: each index is made on an empty copy first. Readers go on meanwhile. -#}
  {%- set indexes = config.get('indexes', default=[]) -%}
  {%- set place = sql_list([relation.include(database=false) | string]) ~ '::regclass' -%}
  {%- set copy = api.Relation.create(identifier=relation.identifier[:50] ~ '__shape') -%}
  {%- if indexes -%}
    {%- do run_statement('create temporary table ' ~ copy ~ ' (like ' ~ relation ~ ') on commit drop') -%}
    {%- for index in indexes -%}
      {%- do run_statement(get_create_index_sql(copy, index)) -%}
      {%- set found = run_query(
        'with wanted as (select indisunique, ' ~ index_method_and_columns('indexrelid') ~ ' as definition, indexrelid from pg_index where indrelid = '
        ~ sql_list([copy | string]) ~ '::regclass order by indexrelid desc limit 1)'
        ~ ' select 1 from pg_index as stored join wanted on wanted.indisunique = stored.indisunique and wanted.definition = '
        ~ index_method_and_columns('stored.indexrelid') ~ ' where stored.indrelid = ' ~ place ~ ' and stored.indisvalid limit 1'
      ) -%}
      {%- if found | length == 0 -%}
        {%- do run_statement(get_create_index_sql(relation, index)) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- do run_statement('drop table ' ~ copy) -%}
  {%- endif -%}
{%- endmacro %}
