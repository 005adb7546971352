{% macro all_models() -%}
  {#- every attribution model there is: those that a touch's place decides, then those computed over all journeys -#}
  {{ return([
    'first_touch', 'last_touch', 'last_non_direct_touch', 'first_paid_touch', 'last_paid_touch',
    'linear', 'position_based', 'time_decay', 'w_shaped',
  ] + data_driven_models()) }}
{%- endmacro %}
