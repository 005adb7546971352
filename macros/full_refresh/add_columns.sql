{% macro add_columns(target_relation, rows_relation, column_names) -%}
  {#- Between two transactions: the lock is held for the moment that it takes, not as long as the model runs. -#}
  {%- set types = {} -%}
  {%- for row in run_query(
    'select attname, format_type(atttypid, atttypmod) from pg_attribute where attnum > 0 and attrelid = '
    ~ sql_list([rows_relation.include(database=false, schema=false) | string]) ~ '::regclass'
  ) -%}
    {%- do types.update({row[0]: row[1]}) -%}
  {%- endfor -%}
  {%- set parts = [] -%}
  {%- for name in column_names -%}
    {%- do parts.append('add column if not exists ' ~ adapter.quote(name) ~ ' ' ~ types[name]) -%}
  {%- endfor -%}
  {%- do run_statement('commit') -%}
  {%- do run_statement(patiently('alter table ' ~ target_relation ~ ' ' ~ parts | join(', '), target_relation)) -%}
  {%- do run_statement('begin') -%}
{%- endmacro %}
