{% materialization incremental, adapter='postgres' -%}
  {#- dbt's own, but for the everyday case: it asks for a table's columns three times, which takes longer than
      most of our statements; here they are asked for once. First builds and full refreshes are dbt's. -#}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- if existing_relation is none or existing_relation.is_view or should_full_refresh() -%}
    {{ return(dbt.materialization_incremental_default()) }}
  {%- endif -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set temp_relation = make_temp_relation(target_relation) -%}
  {%- set grant_config = config.get('grants') -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {%- do run_statement(get_create_table_as_sql(True, temp_relation, sql)) -%}
  {%- set dest_columns = column_names(target_relation) -%}
  {%- if config.get('on_schema_change', 'ignore') != 'ignore' and column_names(temp_relation) | reject('in', dest_columns) | list -%}
    {%- do process_schema_changes(config.get('on_schema_change'), temp_relation, existing_relation) -%}
    {%- set dest_columns = column_names(target_relation) -%}
  {%- endif -%}
  {%- set strategy = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy') or 'default') -%}
  {%- set build_sql = strategy({
    'target_relation': target_relation,
    'temp_relation': temp_relation,
    'unique_key': config.get('unique_key'),
    'dest_columns': dest_columns,
    'incremental_predicates': none,
  }) -%}
  {% call statement('main') %}
    {{ build_sql }}
  {% endcall %}

  {%- if grant_config is not none -%}
    {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, False)) -%}
  {%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do adapter.commit() %}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}
