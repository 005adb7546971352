{% macro newest_session() -%}
  {#- the moment up to which there is data: what lies later has not been seen, which is not the same as absent -#}
  select max(started_at) as seen_until from {{ ref('all_sessions') }}
{%- endmacro %}
