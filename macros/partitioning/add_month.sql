{% macro add_month(relation, month, packed=false, meta=none) -%}
  {#- `create (like)` + `attach` waits for no reader; `partition of` would lock the parent. A packed month is
      filled to the brim by what is loaded first; set_leaf_storage then makes it one like the others. -#}
  {%- set year, number = (month.split('-')[0] | int), (month.split('-')[1] | int) -%}
  {%- set next_year, next_number = (year + 1, 1) if number == 12 else (year, number + 1) -%}
  {%- set leaf = api.Relation.create(
    database=relation.database, schema=relation.schema,
    identifier=relation.identifier ~ '_' ~ '%04d' % year ~ '_' ~ '%02d' % number,
  ) -%}
  {%- set storage = ' with ' ~ leaf_storage(meta) if leaf_storage(meta) and not packed else '' -%}
  {%- do run_statement('create table ' ~ leaf ~ ' (like ' ~ relation ~ ' including all)' ~ storage) -%}
  {%- set statistics = leaf_statistics(relation, leaf, meta) -%}
  {%- if statistics -%}
    {%- do run_statement(statistics) -%}
  {%- endif -%}
  {%- do run_statement(
    'alter table ' ~ relation ~ ' attach partition ' ~ leaf ~ " for values from ('"
    ~ '%04d-%02d' % (year, number) ~ "-01 00:00:00+00') to ('"
    ~ '%04d-%02d' % (next_year, next_number) ~ "-01 00:00:00+00')"
  ) -%}
{%- endmacro %}
