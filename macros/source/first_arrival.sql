{% macro first_arrival(table) -%}
  {#- a day before the first event time; in the column's own type, so that an index on it serves -#}
  cast('1999-12-31 00:00:00{{ '+00' if table['columns']['received_at'] == 'timestamp with time zone' }}' as {{ table['columns']['received_at'] }})
{%- endmacro %}
