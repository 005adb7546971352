{% macro grant_statements(from_relation, to_relation) -%}
  {#- who may read a table may read the one that takes its place -#}
  {%- set statements = [] -%}
  {%- for row in run_query(
    "select format('grant %s on %s to %s', privilege_type, " ~ sql_list([to_relation | string]) ~ ", case when grantee = 0 then 'public' else grantee::regrole::text end)"
    ~ ' from pg_class cross join lateral aclexplode(relacl) where grantee <> relowner and oid = '
    ~ sql_list([from_relation.include(database=false) | string]) ~ '::regclass'
  ) -%}
    {%- do statements.append(row[0]) -%}
  {%- endfor -%}
  {{ return(statements) }}
{%- endmacro %}
