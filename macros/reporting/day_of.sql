{% macro day_of(moment) -%}
  {#- the day in UTC; the day 0001-01-01 stands for moments that have none, such as null and infinity -#}
  case
      when {{ moment }} >= cast('0001-01-01 00:00:00+00' as timestamp with time zone)
          and {{ moment }} < cast('10000-01-01 00:00:00+00' as timestamp with time zone)
          then cast({{ moment }} at time zone 'UTC' as date)
      else cast('0001-01-01' as date)
  end
{%- endmacro %}
