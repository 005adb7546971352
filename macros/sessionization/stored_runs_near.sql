{% macro stored_runs_near(touched, stored) -%}
  {#- The stored runs that may lie within the timeout of a touched time, and few others. A night's times are nearly all
      of the last day, so most identities are looked up behind one moment, by the index, and the years of runs before it
      are not read; the tenth with the earliest times is looked up in all its runs. -#}
  with first_touched as (
      select
          identity,
          min(from_at) as from_at
      from {{ touched }}
      group by identity
  ),

  late as (
      select percentile_disc(0.1) within group (order by from_at) as before_at
      from first_touched
  ),

  late_identities as (
      select first_touched.identity
      from first_touched
      inner join late on first_touched.from_at < late.before_at
  ),

  recent_identities as (
      select first_touched.identity
      from first_touched
      inner join late on first_touched.from_at >= late.before_at
  ),

  final as (
      select * from {{ stored }}
      where
          {{ text_hash('identity') }} = {{ any_of(text_hash('recent_identities.identity'), 'recent_identities') }}
          and ended_at >= (select before_at - {{ session_timeout() }} from late)
      union all
      select * from {{ stored }}
      where {{ text_hash('identity') }} = {{ any_of(text_hash('late_identities.identity'), 'late_identities') }}
  )

  select * from final
{%- endmacro %}
