{% macro touch_columns(touch, number_column) -%}
  {#- one touch: the start and the source of the session with this number -#}
  max(started_at) filter (where session_number = {{ number_column }}) as {{ touch }}_timestamp,
  max(source) filter (where session_number = {{ number_column }}) as {{ touch }}_source,
  max(utm_campaign) filter (where session_number = {{ number_column }}) as {{ touch }}_campaign,
  max(medium) filter (where session_number = {{ number_column }}) as {{ touch }}_medium,
  max(referrer) filter (where session_number = {{ number_column }}) as {{ touch }}_referrer,
  max(channel) filter (where session_number = {{ number_column }}) as {{ touch }}_channel
{%- endmacro %}
