{% macro segment_events() -%}
  {%- set tables = segment_tables(['tracks', 'pages', 'screens']) -%}
  {%- set extra_types = extra_column_types(tables, carried_types()) -%}
  {%- if not tables -%}
    {%- do tables.append({'source_name': '', 'table_name': 'tracks', 'relation': none, 'columns': {}}) -%}
  {%- endif -%}
  {#- rows without a received_at that may be are a branch of their own: the planner would look for both with one
      index -#}
  {%- for table in tables %}
  {%- set last_table = loop.last %}
  {%- for lacks_received_at in ([false, true] if table['relation'] else [false]) %}
  select
    {{ binary_text(dbt.string_literal(dbt.escape_single_quotes(table['source_name'])) ~ '::text') }} as source_name,
    {{ binary_text(dbt.string_literal(table['table_name']) ~ '::text') }} as source_table,
    {{ clean_id(source_text(table, 'id')) }} as id,
    {{ clean_id(source_text(table, 'anonymous_id')) }} as anonymous_id,
    {{ clean_id(source_text(table, 'user_id')) }} as user_id,
    {{ source_text(table, 'event') }} as event,
    {{ source_text(table, 'event_text') }} as event_text,
    {{ source_time(table, 'timestamp') if table['relation'] else 'cast(null as timestamp with time zone)' }} as "timestamp",
    {{ source_time(table, 'received_at') if table['relation'] else 'cast(null as timestamp with time zone)' }} as received_at,
    {{ first_text(table, ['url', 'context_page_url']) }} as page_url,
    {{ first_text(table, ['title', 'context_page_title']) }} as page_title,
    {{ first_text(table, ['referrer', 'context_page_referrer']) }} as referrer,
    {%- for name in ['source', 'medium', 'name', 'term', 'content'] %}
    {{ first_text(table, ['context_campaign_' ~ name]) }} as context_campaign_{{ name }},
    {%- endfor %}
    {{ source_text(table, 'context_ip') }} as context_ip,
    {{ source_text(table, 'context_user_agent') }} as context_user_agent,
    {%- for column_name, data_type in extra_types.items() %}
    {{ source_extra(table, column_name, data_type) }} as {{ adapter.quote(column_name) }},
    {%- endfor %}
    {{ source_row(table) if table['relation'] else 'cast(null as jsonb)' }} as source_row,
    {{ reject_reason(table, ['anonymous_id', 'user_id']) if table['relation'] else 'cast(null as text)' }} as reject_reason,
    {{ lacks_received_at }} as lacks_received_at
  {% if table['relation'] -%}
  from {{ table['relation'] }} as segment_row
  where {{ has_no_arrival(table) if lacks_received_at else has_arrival(table) }}
  {%- else -%}
  where false
  {%- endif %}
  {{ 'union all' if not (last_table and loop.last) }}
  {%- endfor %}
  {%- endfor %}
{%- endmacro %}
