{% macro utc_moment(expression, data_type) -%}
  {#- a moment without zone, or a day, is read as UTC, whatever the session's own zone -#}
  {%- if data_type == 'timestamp with time zone' -%}
    {{ expression }}
  {%- else -%}
    cast({{ expression }} as timestamp without time zone) at time zone 'UTC'
  {%- endif -%}
{%- endmacro %}
