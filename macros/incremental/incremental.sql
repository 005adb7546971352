{% materialization incremental, adapter='postgres' -%}
  {#- dbt's own, but for the everyday case and the full refresh of a table that is there. dbt asks for a table's columns
      three times, which takes longer than most of our statements; here they are asked for once. And dbt swaps a table
      for another in a full refresh, which waits for every reader while all others wait behind it; here it is swapped
      only where a column has another type, or the partitioning is another. First builds are dbt's. -#}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- if existing_relation is none or existing_relation.is_view -%}
    {{ return(dbt.materialization_incremental_default()) }}
  {%- endif -%}
  {%- set is_full_refresh = should_full_refresh() -%}
  {%- set changes = shape_changes(target_relation, sql) if is_full_refresh else {'removed': []} -%}
  {%- if changes['needs_another_table'] -%}
    {{ return(build_another_table(target_relation, sql)) }}
  {%- endif -%}
  {%- set temp_relation = make_temp_relation(target_relation) -%}
  {%- set grant_config = config.get('grants') -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {%- do run_statement(get_create_table_as_sql(True, temp_relation, sql)) -%}
  {%- set dest_columns = column_names(target_relation) -%}
  {%- if is_full_refresh or config.get('on_schema_change', 'ignore') != 'ignore' -%}
    {%- set columns = column_names(temp_relation) -%}
    {%- set added = columns | reject('in', dest_columns) | list -%}
    {%- if added -%}
      {%- do add_columns(target_relation, temp_relation, added) -%}
      {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- endif -%}
    {%- set dest_columns = columns if is_full_refresh else dest_columns + added -%}
  {%- endif -%}
  {%- if is_full_refresh -%}
    {%- set build_sql = replace_rows(target_relation, temp_relation, dest_columns) -%}
  {%- else -%}
    {%- set strategy = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy') or 'default') -%}
    {%- set build_sql = strategy({
      'target_relation': target_relation,
      'temp_relation': temp_relation,
      'unique_key': config.get('unique_key'),
      'dest_columns': dest_columns,
      'incremental_predicates': none,
    }) -%}
  {%- endif -%}
  {% call statement('main') %}
    {{ build_sql }}
  {% endcall %}

  {#- with this transaction: what a session still has when it dies in a crash stays behind, and of views for long -#}
  {%- do run_statement('drop ' ~ ('view ' if reads_once() else 'table ') ~ temp_relation) -%}
  {%- if grant_config is not none -%}
    {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, is_full_refresh)) -%}
  {%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do adapter.commit() %}
  {%- if changes['removed'] -%}
    {%- do drop_columns(target_relation, changes['removed']) -%}
  {%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}
