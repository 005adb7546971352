{% macro reject_reason(table, id_columns) -%}
  {#- asked of the columns as Segment wrote them: whether a row counts is known before any of it is cleaned -#}
  {%- set happened_at = source_time(table, 'timestamp') -%}
  {%- set received_at = source_time(table, 'received_at') -%}
  {%- set ids = [] -%}
  {%- for column_name in id_columns if column_name in table['columns'] -%}
    {%- do ids.append(clean_id(source_text(table, column_name))) -%}
  {%- endfor -%}
  case
    -- first of all: what is forgotten is not kept as a rejected row either
    when {{ is_forgotten(ids) }} then 'forgotten'
    when {{ is_empty_id(source_text(table, 'id')) }} then 'missing_id'
    when
      {% for column_name in id_columns -%}
      {{ is_empty_id(source_text(table, column_name)) }}{{ ' and ' if not loop.last }}
      {% endfor -%}
      then 'missing_identity'
    when {{ received_at }} is null then 'missing_received_at'
    when {{ happened_at }} is null then 'missing_timestamp'
    -- a day after the last year that the server knows there is no time: those years are looked at below
    when
      {{ received_at }} < cast('10000-01-01 00:00:00+00' as timestamp with time zone)
      and {{ happened_at }} > {{ received_at }} + interval '24 hours'
      then 'timestamp_after_received_at'
    when {{ happened_at }} < cast('2000-01-01 00:00:00+00' as timestamp with time zone) then 'timestamp_before_2000'
    when {{ happened_at }} >= cast('10000-01-01 00:00:00+00' as timestamp with time zone) then 'timestamp_out_of_range'
  end
{%- endmacro %}
