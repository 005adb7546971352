{% macro crawler_agents(events) -%}
  {#- The distinct user agents of these events that are crawlers, cut to 1,000 characters: those that match a
      pattern of the list crawler_user_agents or of vars.exclude_user_agents. -#}
  {{ return(adapter.dispatch('crawler_agents', 'segment_attribution')(events)) }}
{%- endmacro %}

{% macro default__crawler_agents(events) -%}
  {#- An agent is cut into all its runs of four characters and meets by an equality join the patterns that need
      one of them: all 1,500 patterns would cost milliseconds an agent. `offset 0` keeps the planner from trying
      the patterns before that join. The few patterns that need no such run are tried on every agent. -#}
  with agents as (
      select distinct {{ agent_as_judged('user_agent') }} as user_agent
      from {{ events }}
      where user_agent is not null
  ),

  fragments as (
      select
          agents.user_agent,
          substr(agents.user_agent, places.place, 4) as fragment
      from agents
      cross join lateral generate_series(1, char_length(agents.user_agent) - 3) as places (place)
  ),

  candidates as (
      select
          fragments.user_agent,
          known.pattern
      from fragments
      inner join {{ ref('crawler_user_agents') }} as known on {{ binary_text('known.fragment') }} = fragments.fragment
      offset 0
  ),

  crawlers as (
      select user_agent
      from candidates
      where user_agent ~ pattern
      union
      select agents.user_agent
      from agents
      inner join {{ ref('crawler_user_agents') }} as known on agents.user_agent ~ known.pattern
      where known.fragment is null
      {%- if var('exclude_user_agents') is not boolean %}
      union
      select user_agent
      from agents
      where
          {%- for pattern in var('exclude_user_agents') %}
          {{ 'or ' if not loop.first }}user_agent ~ {{ sql_list([pattern]) }}
          {%- endfor %}
      {%- endif %}
  )

  select user_agent from crawlers
{%- endmacro %}
