{% macro touched_spans(touched, stored) -%}
  {#- touched times and the stored runs within the timeout of them, as spans that do not touch each other -#}
  with touched as (
      select
          identity,
          from_at,
          to_at
      from {{ touched }}
  ),

  stored_runs as (
      {{ stored_runs_near('touched', stored) }}
  ),

  neighbours as (
      select
          stored.identity,
          stored.started_at as from_at,
          stored.ended_at as to_at
      from touched
      inner join stored_runs as stored
          on
              stored.identity = touched.identity
              and stored.started_at <= touched.to_at + {{ session_timeout() }}
              and stored.ended_at >= touched.from_at - {{ session_timeout() }}
  ),

  spans as (
      select * from touched
      union
      select * from neighbours
  ),

  marked as (
      select
          identity,
          from_at,
          to_at,
          case
              when from_at <= max(to_at) over (
                  partition by identity order by from_at, to_at
                  rows between unbounded preceding and 1 preceding
              ) + {{ session_timeout() }} then 0
              else 1
          end as is_new
      from spans
  ),

  numbered as (
      select
          identity,
          from_at,
          to_at,
          sum(is_new) over (partition by identity order by from_at, to_at rows unbounded preceding) as span_number
      from marked
  ),

  final as (
      select
          identity,
          min(from_at) as from_at,
          max(to_at) as to_at
      from numbered
      group by identity, span_number
  )

  select * from final
{%- endmacro %}
