{% macro event_day(moment) -%}
  {#- the day in UTC, as the index of app_tracks by identity has it: the events of a visit share one key there, where
      their times would be a key each, three times its size -#}
  cast({{ moment }} at time zone 'UTC' as date)
{%- endmacro %}
