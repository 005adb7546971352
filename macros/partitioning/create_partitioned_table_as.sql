{% macro create_partitioned_table_as(relation, sql, partition_column) -%}
  {#- the rows are built aside first: a month must exist before a row can go there -#}
  {%- set build = relation.identifier ~ '__build' -%}
  {%- do run_statement('create temporary table ' ~ adapter.quote(build) ~ ' on commit drop as (' ~ sql ~ ')') -%}
  {%- do run_statement(
    'create table ' ~ relation ~ ' (like ' ~ adapter.quote(build) ~ ') partition by range ('
    ~ adapter.quote(partition_column) ~ ')'
  ) -%}
  {%- if build_step() == 'prepare' -%}
    {%- for month in var('build_step')['months'] -%}
      {%- do add_month(relation, month, packed=true) -%}
    {%- endfor -%}
  {%- else -%}
    {%- do add_missing_months(relation, adapter.quote(build), partition_column, packed=true) -%}
  {%- endif -%}
  insert into {{ relation }} select * from {{ adapter.quote(build) }}
  {%- if build_step() != 'prepare' %};
  {{ set_leaf_storage(relation) }}
  {%- endif %}
{%- endmacro %}
