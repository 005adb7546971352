{% macro get_incremental_apply_arrivals_sql(arg_dict) -%}
  {%- if writes_straight() -%}
    {{ return(insert_straight(arg_dict)) }}
  {%- endif -%}
  {#- in one transaction: the copies that lost leave, the rows that won enter -#}
  {%- set target_relation = arg_dict['target_relation'] -%}
  {%- set rows = arg_dict['temp_relation'] -%}
  {%- set meta = config.get('meta', {}) -%}
  {%- set columns = get_quoted_csv(arg_dict['dest_columns']) -%}
  {%- do add_missing_months(target_relation, rows, meta['partition_by']) -%}
  delete from {{ target_relation }} as target
  using {{ ref(meta['arrivals']) }} as arrived
  where
    arrived.row_kind = 'row'
    and arrived.verdict = 'better'
    and {{ text_hash('target.id') }} = {{ text_hash('arrived.id') }}
    and target.id = arrived.id
    and target.source_name = arrived.source_name
    and target."timestamp" = arrived.stored_timestamp
    and exists (select 1 from {{ rows }});

  insert into {{ target_relation }} ({{ columns }})
  select {{ columns }} from {{ rows }};

  insert into {{ ref(meta['arrivals']) }} (row_kind)
  select 'applied' where exists (select 1 from {{ rows }})
{%- endmacro %}
