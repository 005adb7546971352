{% macro touch_weight(attribution_model) -%}
  {#- The weight of a touch among those of its journey; its credit is the weight's share. Position based is 40/20/40
      and time decay halves every vars.time_decay_half_life_days, both as Google Analytics had them; W-shaped is
      30/30/30/10 with the middle of the journey as its third peak, for Segment knows no lead stage. -#}
  {%- set half_life_seconds = 86400 * var('time_decay_half_life_days') -%}
  cast(
  {%- if attribution_model == 'first_touch' %}
  case when touch_number = 1 then 1 else 0 end
  {%- elif attribution_model == 'last_touch' %}
  case when touch_number = touch_count then 1 else 0 end
  {%- elif attribution_model == 'last_non_direct_touch' %}
  case when touch_number = coalesce(last_non_direct_number, touch_count) then 1 else 0 end
  {%- elif attribution_model == 'first_paid_touch' %}
  case when touch_number = first_paid_number then 1 else 0 end
  {%- elif attribution_model == 'last_paid_touch' %}
  case when touch_number = last_paid_number then 1 else 0 end
  {%- elif attribution_model == 'linear' %}
  1
  {%- elif attribution_model == 'position_based' %}
  case
      when touch_count <= 2 then 1
      when touch_number in (1, touch_count) then 0.4
      else 0.2 / (touch_count - 2)
  end
  {%- elif attribution_model == 'time_decay' %}
  -- a double holds no smaller power of two than the 1,074th, and nothing is left of it long before
  power(
      cast(2 as double precision),
      cast(greatest(-1000, -extract(epoch from signup_timestamp - touch_timestamp) / {{ half_life_seconds }}) as double precision)
  )
  {%- elif attribution_model == 'w_shaped' %}
  case
      when touch_count <= 3 then 1
      when touch_number in (1, (touch_count + 1) / 2, touch_count) then 0.3
      else 0.1 / (touch_count - 3)
  end
  {%- endif %}
  as double precision)
{%- endmacro %}
