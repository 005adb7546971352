{% macro keep_attribution_before() -%}
  {#- a full refresh writes whole tables; what stood there is put aside, to tell what changed -#}
  {%- set changes = stored_relation('reporting', 'attribution_changes') if var('reporting') else none -%}
  {%- if changes and flags.FULL_REFRESH and load_relation(this) -%}
    drop table if exists pg_temp.attribution__stored;
    create temporary table attribution__stored on commit drop as select * from {{ this }}
  {%- else -%}
    select 1
  {%- endif -%}
{%- endmacro %}
