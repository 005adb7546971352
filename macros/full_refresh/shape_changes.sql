{% macro shape_changes(target_relation, sql) -%}
  {#- What a table would have to become for these rows. A view tells the types of a query without running it. -#}
  {%- set shape = adapter.quote(target_relation.identifier[:50] ~ '__shape') -%}
  {%- do run_statement('create temporary view ' ~ shape ~ ' as (' ~ sql ~ ')') -%}
  {%- set columns = run_query(
    'select coalesce(wanted.attname, stored.attname), stored.attname is null, wanted.attname is null'
    ~ ', format_type(wanted.atttypid, wanted.atttypmod) = format_type(stored.atttypid, stored.atttypmod)'
    ~ ' and wanted.attcollation = stored.attcollation'
    ~ ' from (select * from pg_attribute where attrelid = ' ~ sql_list([shape]) ~ '::regclass and attnum > 0) as wanted'
    ~ ' full join (select * from pg_attribute where attrelid = ' ~ sql_list([target_relation.include(database=false) | string])
    ~ '::regclass and attnum > 0 and not attisdropped) as stored on stored.attname = wanted.attname'
    ~ ' order by wanted.attnum'
  ) -%}
  {%- do run_statement('drop view ' ~ shape) -%}
  {%- set changes = {'removed': [], 'needs_another_table': partition_column_of(target_relation) != config.get('meta', {}).get('partition_by', '')} -%}
  {%- for name, is_added, is_removed, is_alike in columns -%}
    {%- if is_removed -%}
      {%- do changes['removed'].append(name) -%}
    {%- elif not is_added and not is_alike -%}
      {%- do changes.update({'needs_another_table': true}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(changes) }}
{%- endmacro %}
