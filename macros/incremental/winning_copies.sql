{% macro winning_copies(segment_rows, content_columns, extra_columns=[]) -%}
  {#- of all copies of an id within a Segment source the earliest received one counts; the order is total -#}
  {%- set columns = ['source_name', 'source_table', 'id', 'timestamp', 'received_at'] + content_columns + extra_columns -%}
  {%- set winner_order = ['received_at', 'timestamp', 'source_table'] + content_columns + extra_columns -%}
  with segment_rows as (
      select * from {{ segment_rows }} where reject_reason is null and not lacks_received_at
  ),

  numbered as (
      select
          {% for column in columns %}{{ adapter.quote(column) }}, {% endfor %}
          row_number() over (
              partition by source_name, id
              order by {% for column in winner_order %}{{ adapter.quote(column) }} nulls first{{ ', ' if not loop.last }}{% endfor %}
          ) as copy_number
      from segment_rows
  ),

  final as (
      select
          {% for column in columns %}{{ adapter.quote(column) }}{{ ', ' if not loop.last }}{% endfor %}
      from numbered
      where copy_number = 1
  )

  select * from final
{%- endmacro %}
