{% macro events_within(span) -%}
  {#- Each span looks up its own events, whatever the statistics say: of months without any, as right after a build, a
      join would read all rows. The rows come as app_tracks has them, which is to be in reach by that name. -#}
  lateral (
      select * from app_tracks
      where
          {{ text_hash(raw_identity('app_tracks')) }} = {{ text_hash(span ~ '.identity') }}
          and {{ event_day('app_tracks."timestamp"') }} >= {{ event_day(span ~ '.from_at') }}
          and {{ event_day('app_tracks."timestamp"') }} <= {{ event_day(span ~ '.to_at') }}
          and {{ raw_identity('app_tracks') }} = {{ span }}.identity
          and app_tracks."timestamp" >= {{ span }}.from_at
          and app_tracks."timestamp" <= {{ span }}.to_at
      offset 0
  )
{%- endmacro %}
