{% macro touch_columns(touch, rank_column) -%}
  {#- one touch: the start and the source of the session that this rank puts first -#}
  max(started_at) filter (where {{ rank_column }} = 1) as {{ touch }}_timestamp,
  max(source) filter (where {{ rank_column }} = 1) as {{ touch }}_source,
  max(utm_campaign) filter (where {{ rank_column }} = 1) as {{ touch }}_campaign,
  max(medium) filter (where {{ rank_column }} = 1) as {{ touch }}_medium,
  max(referrer) filter (where {{ rank_column }} = 1) as {{ touch }}_referrer,
  max(channel) filter (where {{ rank_column }} = 1) as {{ touch }}_channel
{%- endmacro %}
