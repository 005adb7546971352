{% macro postgres__create_table_as(temporary, relation, sql) -%}
  {%- set partition_column = config.get('meta', {}).get('partition_by') -%}
  {%- if temporary and reads_once() -%}
    {#- no need to write its rows twice -#}
    create temporary view {{ relation }} as (
      {{ sql }}
    )
  {%- elif temporary or not partition_column -%}
    {{ dbt.postgres__create_table_as(temporary, relation, sql) }}
  {%- else -%}
    {{ create_partitioned_table_as(relation, sql, partition_column) }}
  {%- endif -%}
{%- endmacro %}
