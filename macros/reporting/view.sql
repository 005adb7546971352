{% materialization view, adapter='postgres' -%}
  {#- dbt's own makes every view anew in every run, which waits for all who read it while others wait behind. Here a
      view whose definition is the same is left alone; one that changed is replaced in short attempts. -#}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set mark = 'definition ' ~ local_md5(sql) -%}
  {%- if existing_relation is not none and not existing_relation.is_view -%}
    {%- do adapter.drop_relation(existing_relation) -%}
    {%- set existing_relation = none -%}
  {%- endif -%}
  {%- set stored_mark = run_query('select obj_description(' ~ sql_list([target_relation.include(database=false) | string])
    ~ "::regclass, 'pg_class')").columns[0][0] if existing_relation is not none else none -%}
  {%- if stored_mark == mark -%}
    {% call noop_statement('main', 'UNCHANGED') %}{% endcall %}
    {{ return({'relations': [target_relation]}) }}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- if existing_relation is not none and not same_columns(target_relation, sql) -%}
    {%- do adapter.drop_relation(existing_relation) -%}
    {%- set existing_relation = none -%}
  {%- endif -%}
  {%- set replace -%}create or replace view {{ target_relation }} as (
{{ sql }}
  ){%- endset -%}
  {% call statement('main') %}
    {{ patiently(replace, target_relation) if existing_relation is not none else replace }};
    comment on view {{ target_relation }} is '{{ mark }}'
  {% endcall %}
  {%- set grant_config = config.get('grants') -%}
  {%- if grant_config is not none -%}
    {%- do apply_grants(target_relation, grant_config, should_revoke=existing_relation is not none) -%}
  {%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do adapter.commit() %}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}
