{% macro touched_sessions(model_name=none) -%}
  {#- all sessions of the aliases this run touched, or of everybody -#}
  {%- if rebuild_everything(model_name) -%}
  -- depends_on: {{ ref('touched_aliases') }}
  select * from {{ ref('all_sessions') }}
  {%- else -%}
  select all_sessions.*
  from (select distinct alias_id from {{ ref('touched_aliases') }}) as touched
  inner join {{ ref('all_sessions') }} as all_sessions on all_sessions.alias_id = touched.alias_id
  where {{ text_hash('all_sessions.alias_id') }} = {{ any_of(text_hash('listed.alias_id'), ref('touched_aliases') ~ ' as listed') }}
  {%- endif -%}
{%- endmacro %}
