{% macro has_arrival(table) -%}
  {#- what has_no_arrival is not, as a condition of its own: the planner looks through no `not` -#}
  {{ adapter.quote('received_at') }} >= {{ first_arrival(table) }}
{%- endmacro %}
