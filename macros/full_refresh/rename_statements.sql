{% macro rename_statements(from_relation, to_relation) -%}
  {#- months and their indexes follow their parent, so that every name stays as it was -#}
  {%- set parent = sql_list([from_relation.include(database=false) | string]) ~ '::regclass' -%}
  {%- set children = run_query(
    "select c.relname, 'table' as kind, c.oid from pg_inherits as i"
    ~ " join pg_class as c on c.oid = i.inhrelid and c.relkind = 'r' where i.inhparent = " ~ parent
    ~ " union all select x.relname, 'index' as kind, x.oid from pg_inherits as i"
    ~ " join pg_index as ix on ix.indrelid = i.inhrelid"
    ~ " join pg_class as x on x.oid = ix.indexrelid where i.inhparent = " ~ parent
  ) -%}
  {%- set statements = ['alter table ' ~ from_relation ~ ' rename to ' ~ adapter.quote(to_relation.identifier)] -%}
  {%- for child in children if child[0].startswith(from_relation.identifier ~ '_') -%}
    {%- set name = to_relation.identifier ~ child[0][from_relation.identifier | length:] -%}
    {%- do statements.append(
      'alter ' ~ child[1] ~ ' ' ~ from_relation.incorporate(path={'identifier': child[0]}) ~ ' rename to '
      ~ adapter.quote(name if name | length <= 63 else name[:48] ~ '_' ~ child[2])
    ) -%}
  {%- endfor -%}
  {{ return(statements) }}
{%- endmacro %}
