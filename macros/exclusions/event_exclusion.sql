{% macro event_exclusion() -%}
  {#- why an event is of no visitor that counts, by its user agent or address; null where it is of one -#}
  {%- set branches = [] -%}
  {%- if var('exclude_user_agents') -%}
    {%- do branches.append("when crawlers.user_agent is not null then 'user_agent'") -%}
  {%- endif -%}
  {%- if var('exclude_ips') -%}
    {%- do branches.append('when ' ~ is_excluded_ip('events.ip') ~ " then 'ip'") -%}
  {%- endif -%}
  {%- set none_yet = 'cast(null as ' ~ dbt.type_string() ~ ')' -%}
  {{ return('case ' ~ branches | join('\n ') ~ ' end' if branches else none_yet) }}
{%- endmacro %}
