{% macro rebuild_everything(model_name=none) -%}
  {#- true where this model is built from scratch, or asked to compute all rows and write those that differ -#}
  {%- if not execute -%}{{ return(false) }}{%- endif -%}
  {%- if not is_incremental() or writes_straight() -%}{{ return(true) }}{%- endif -%}
  {%- set requests = stored_relation('sessions_stages', 'rebuild_requests') -%}
  {%- if not requests -%}{{ return(false) }}{%- endif -%}
  {{ return(run_query(
    'select 1 from ' ~ requests ~ ' where model_name = ' ~ sql_list([model_name or this.identifier]) ~ ' limit 1'
  ) | length > 0) }}
{%- endmacro %}
