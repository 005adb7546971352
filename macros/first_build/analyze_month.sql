{% macro analyze_month() -%}
  {#- the month that is sessionized: how many rows, people and agents there are decides how it is sorted and joined;
      the texts beside them do not, and take three times as long to look at -#}
  {%- if build_step() == 'sessions' -%}
    {%- set events = ref('app_tracks') -%}
    analyze {{ events.incorporate(path={'identifier': events.identifier ~ '_' ~ var('build_step')['part'].replace('-', '_')}) }}
    ("timestamp", user_id, anonymous_id, context_user_agent)
  {%- else -%}
    select 1
  {%- endif -%}
{%- endmacro %}
