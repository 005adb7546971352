{% macro build_another_table(target_relation, sql) -%}
  {#- dbt's own way of a full refresh, but that all is done before the new table takes the old one's place, which is
      tried a tenth of a second at a time. A transaction of isolation level repeatable read that began before and has not
      read the table yet finds it empty: only rows have versions, tables have none. -#}
  {%- set intermediate = make_intermediate_relation(target_relation) -%}
  {{ drop_relation_if_exists(load_cached_relation(intermediate)) }}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% call statement('main') %}
    {{ get_create_table_as_sql(False, intermediate, sql) }}
  {% endcall %}
  {%- do create_indexes(intermediate) -%}
  {%- for grant_statement in grant_statements(target_relation, intermediate) -%}
    {%- do run_statement(grant_statement) -%}
  {%- endfor -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {%- set swap = ['drop table ' ~ target_relation ~ ' cascade'] + rename_statements(intermediate, target_relation) -%}
  {#- the lock goes with the commit: no way to and fro between them -#}
  {%- do run_statement(patiently(swap | join('; '), target_relation) ~ '; commit') -%}
  {% do adapter.commit() %}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{%- endmacro %}
