{% macro request_rebuild_downstream() -%}
  {#- a table built anew on its own: what derives from it is compared whole in the same or the next run -#}
  {%- set requests = stored_relation('sessions_stages', 'rebuild_requests') -%}
  {%- if execute and requests and not is_incremental() and build_step() == 'none' -%}
    {%- set chain = rebuild_chain() -%}
    {%- set behind = chain[chain.index(this.identifier) + 1:] -%}
    {%- for model_name in behind %}
    insert into {{ requests }} (model_name, reason, requested_at)
    values ('{{ model_name }}', {{ sql_list([this.identifier ~ ' was built anew']) }}, current_timestamp);
    {%- endfor -%}
  {%- else -%}
    select 1
  {%- endif -%}
{%- endmacro %}
