{% macro has_forgotten_ids() -%}
  {%- set forgotten_ids = stored_relation('privacy', 'forgotten_ids') -%}
  {%- if not forgotten_ids -%}{{ return(false) }}{%- endif -%}
  {{ return(run_query('select 1 from ' ~ forgotten_ids ~ ' limit 1') | length > 0) }}
{%- endmacro %}
