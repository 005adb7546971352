{% macro reject_reason(id_columns=['anonymous_id', 'user_id']) -%}
  case
    when id is null then 'missing_id'
    when coalesce({{ id_columns | join(', ') }}) is null then 'missing_identity'
    when received_at is null then 'missing_received_at'
    when "timestamp" is null then 'missing_timestamp'
    when "timestamp" > received_at + interval '24 hours' then 'timestamp_after_received_at'
    when "timestamp" < cast('2000-01-01 00:00:00+00' as timestamp with time zone) then 'timestamp_before_2000'
    when "timestamp" >= cast('10000-01-01 00:00:00+00' as timestamp with time zone) then 'timestamp_out_of_range'
  end
{%- endmacro %}
