{% macro arrivals_to_apply(arrivals, columns) -%}
  {#- rows of the batch at hand, unless this table has taken them already -#}
  select
      {% for column in columns %}{{ adapter.quote(column) }}{{ ', ' if not loop.last }}{% endfor %}
  from {{ arrivals }}
  where
      row_kind = 'row'
      and not exists (select 1 from {{ arrivals }} as applied where applied.row_kind = 'applied')
{%- endmacro %}
