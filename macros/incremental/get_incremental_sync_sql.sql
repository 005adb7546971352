{% macro get_incremental_sync_sql(arg_dict) -%}
  {%- if writes_straight() -%}
    {{ return(insert_straight(arg_dict)) }}
  {%- endif -%}
  {%- set target_relation = arg_dict['target_relation'] -%}
  {%- set computed = arg_dict['temp_relation'] -%}
  {%- set meta = config.get('meta', {}) -%}
  {%- set key = arg_dict['unique_key'] -%}
  {%- set key = [key] if key is string else key -%}
  {%- set columns = arg_dict['dest_columns'] -%}
  {%- set values = columns | reject('in', key) | list -%}
  {%- set is_whole = meta['sync_scope'] == 'everything' -%}
  {%- set stored = target_relation if is_whole else adapter.quote(target_relation.identifier ~ '__stored') -%}
  {%- set same_key -%}
    {%- for column in key %}stored.{{ adapter.quote(column) }} = computed.{{ adapter.quote(column) }}{{ ' and ' if not loop.last }}{% endfor -%}
  {%- endset -%}
  {#- a column that is indexed by its hash alone is looked up by that too -#}
  {%- set target_key -%}
    {%- for column in key %}target.{{ adapter.quote(column) }} = stored.{{ adapter.quote(column) }}{{ ' and ' if not loop.last }}{% endfor -%}
    {%- for column in meta.get('hashed_key', []) %} and {{ text_hash('target.' ~ column) }} = {{ text_hash('stored.' ~ column) }}{% endfor -%}
  {%- endset -%}

  {#- what stands in the scope of this run, read through the index, then compared aside; where that is the whole table
      there is nothing to read first -#}
  {%- if not is_whole -%}
    {%- do run_statement('drop table if exists ' ~ stored) -%}
    {%- do run_statement(
      'create temporary table ' ~ stored ~ ' on commit drop as ('
      ~ sync_scope(meta['sync_scope'], target_relation) ~ ')'
    ) -%}
    {#- they are joined by their keys; statistics of all the texts beside them would take longer than the join -#}
    {%- do run_statement('analyze ' ~ stored ~ ' (' ~ get_quoted_csv(key) ~ ')') -%}
  {%- endif -%}
  {%- do run_statement('analyze ' ~ computed ~ ' (' ~ get_quoted_csv(key) ~ ')') -%}
  {%- if meta.get('partition_by') -%}
    {%- do add_missing_months(target_relation, computed, meta.get('partition_by')) -%}
  {%- endif -%}

  delete from {{ target_relation }} as target
  using (
    select {{ get_quoted_csv(key) }} from {{ stored }} as stored
    where not exists (select 1 from {{ computed }} as computed where {{ same_key }})
  ) as stored
  where {{ target_key }};

  {% if values -%}
  update {{ target_relation }} as target
  set
    {%- for column in values %}
    {{ adapter.quote(column) }} = stored.{{ adapter.quote(column) }}{{ ',' if not loop.last }}
    {%- endfor %}
  from (
    select computed.*
    from {{ computed }} as computed
    inner join {{ stored }} as stored on {{ same_key }}
    where
      {%- for column in values %}
      {{ 'or ' if not loop.first }}stored.{{ adapter.quote(column) }} is distinct from computed.{{ adapter.quote(column) }}
      {%- endfor %}
  ) as stored
  where {{ target_key }};
  {%- endif %}

  insert into {{ target_relation }} ({{ get_quoted_csv(columns) }})
  select {{ get_quoted_csv(columns) }}
  from {{ computed }} as computed
  where not exists (select 1 from {{ stored }} as stored where {{ same_key }})
{%- endmacro %}
