{% macro month_edges() -%}
  {#- runs that end within the timeout of a month's end where another begins: they are joined by the next merge -#}
  {%- set stored = stored_relation('sessions_stages', 'identity_sessions') -%}
  with near_ends as (
      select
          identity,
          started_at,
          ended_at
      from {{ stored }}
      where
          date_trunc('month', (ended_at + {{ session_timeout() }}) at time zone 'UTC') > date_trunc('month', ended_at at time zone 'UTC')
          or date_trunc('month', (started_at - {{ session_timeout() }}) at time zone 'UTC') < date_trunc('month', started_at at time zone 'UTC')
  ),

  sequence as (
      select
          identity,
          ended_at,
          lead(started_at) over (partition by identity order by started_at) as next_started_at
      from near_ends
  )

  select
      identity,
      ended_at as from_at,
      next_started_at as to_at
  from sequence
  where next_started_at - ended_at <= {{ session_timeout() }}
{%- endmacro %}
