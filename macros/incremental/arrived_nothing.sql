{% macro arrived_nothing(content_columns, extra_types={}) -%}
  {#- a build from scratch reads the source directly; the one row says so -#}
  select
      cast('full' as text) as row_kind,
      cast(null as text) as verdict,
      cast(0 as bigint) as row_count,
      {{ binary_text('cast(null as text)') }} as source_name,
      {{ binary_text('cast(null as text)') }} as source_table,
      {{ binary_text('cast(null as text)') }} as id,
      cast(null as timestamp with time zone) as "timestamp",
      cast(null as timestamp with time zone) as received_at,
      {% for column in content_columns -%}
      {{ binary_text('cast(null as text)') }} as {{ column }},
      {% endfor -%}
      {% for column, data_type in extra_types.items() -%}
      cast(null as {{ data_type }}) as {{ adapter.quote(column) }},
      {% endfor -%}
      cast(null as timestamp with time zone) as stored_timestamp,
      {{ binary_text('cast(null as text)') }} as stored_anonymous_id,
      {%- if 'previous_id' in content_columns %}
      {{ binary_text('cast(null as text)') }} as stored_previous_id,
      {%- endif %}
      {{ binary_text('cast(null as text)') }} as stored_user_id
{%- endmacro %}
