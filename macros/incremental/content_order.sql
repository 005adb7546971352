{% macro content_order(relation, columns) -%}
  {#- nulls first, as a text that compares bytewise column by column -#}
  row({% for column in columns %}coalesce(' ' || {{ relation }}.{{ adapter.quote(column) }}, ''){{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
