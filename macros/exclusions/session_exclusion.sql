{% macro session_exclusion(event_exclusion, host) -%}
  {#- why a session does not count, by its entry event: user agent, address, then host -#}
  {%- if not var('exclude_hosts') -%}
    {{ return(event_exclusion) }}
  {%- endif -%}
  coalesce({{ event_exclusion }}, case when {{ is_host_of(host, var('exclude_hosts')) }} then 'host' end)
{%- endmacro %}
