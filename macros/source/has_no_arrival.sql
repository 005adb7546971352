{% macro has_no_arrival(table) -%}
  {#- No cursor finds what arrived at no time, or long before Segment wrote anything: it is read in every run.
      An event that arrived by then is rejected in any case. -#}
  ({{ adapter.quote('received_at') }} is null or {{ adapter.quote('received_at') }} < {{ first_arrival(table) }})
{%- endmacro %}
