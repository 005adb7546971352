{% macro check_extra_columns() -%}
  {#- names that app_tracks or a statement on the way to it has already cannot be there twice -#}
  {%- set stored = ['source_name', 'source_table', 'id', 'timestamp', 'received_at'] + event_columns() -%}
  {%- set on_the_way = [
    'row_kind', 'verdict', 'row_count', 'copy_number', 'reject_reason', 'lacks_received_at', 'source_row', 'id_hash',
    'stored_timestamp', 'stored_anonymous_id', 'stored_user_id',
  ] -%}
  {%- set most = 1000 -%}
  {%- set seen = [] -%}
  {%- for column_name in var('extra_columns') -%}
    {%- if column_name in stored -%}
      {%- do setting_error('extra_columns', "holds '" ~ column_name ~ "', which app_tracks has already", 'leave it out') -%}
    {%- elif column_name in on_the_way -%}
      {%- do setting_error('extra_columns', "holds '" ~ column_name ~ "', a name that the project's own statements use", 'leave it out') -%}
    {%- elif column_name in seen -%}
      {%- do setting_error('extra_columns', "holds '" ~ column_name ~ "' twice", 'leave one out') -%}
    {%- elif '"' in column_name -%}
      {%- do setting_error('extra_columns', "holds '" ~ column_name ~ "': a name with a double quote cannot be carried", 'leave it out') -%}
    {%- elif column_name.encode('utf-8') | length > 63 -%}
      {%- do setting_error('extra_columns', "holds '" ~ column_name ~ "', longer than a column name may be (63 bytes)", 'name a column of the source') -%}
    {%- endif -%}
    {%- do seen.append(column_name) -%}
  {%- endfor -%}
  {%- if seen | length > most -%}
    {%- do setting_error('extra_columns', 'holds ' ~ seen | length ~ ' names, and a table of Postgres ends at 1,600 columns', 'name at most ' ~ most) -%}
  {%- endif -%}
{%- endmacro %}
