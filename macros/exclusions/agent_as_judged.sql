{% macro agent_as_judged(user_agent) -%}
  {#- cut to 1,000 characters; counting them takes longer than all else that is done to most agents, whose bytes are
      fewer -#}
  case when octet_length({{ user_agent }}) <= 1000 then {{ user_agent }} else left({{ user_agent }}, 1000) end
{%- endmacro %}
