{% macro data_driven_models() -%}
  {#- the models that weigh channels by all journeys, those without a signup too -#}
  {{ return(['markov_first_order', 'markov_second_order', 'shapley']) }}
{%- endmacro %}
