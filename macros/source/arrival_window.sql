{% macro arrival_window(table_names) -%}
  {#- rows from each table's own cursor on, less the overlap; a table without cursor is read whole -#}
  {#- a range of arrival that the runner was asked to read again stands above all cursors -#}
  {%- set arrival_range = var('arrival_range', none) -%}
  {%- set cursors = {} -%}
  {%- set cursor_table = stored_relation('partitioning', 'source_cursors') -%}
  {%- if cursor_table and not flags.FULL_REFRESH -%}
    {%- for row in run_query(
      "select source_name, source_table, to_char((cursor_at - interval '" ~ var('late_arrival_hours')
      ~ " hours') at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') from " ~ cursor_table
    ) -%}
      {%- do cursors.update({(row[0], row[1]): row[2]}) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- set parts = [] -%}
  {%- for segment_source in var('segment_sources') -%}
    {%- for table_name in table_names -%}
      {%- set since = cursors.get((segment_source['name'], table_name)) -%}
      {%- set part -%}
        source_name = {{ sql_list([segment_source['name']]) }} and source_table = '{{ table_name }}'
        {%- if arrival_range and arrival_range[0] %}
        and received_at >= cast({{ sql_list([arrival_range[0]]) }} as timestamp with time zone)
        {%- endif %}
        {%- if arrival_range and arrival_range[1] %}
        and received_at < cast({{ sql_list([arrival_range[1]]) }} as timestamp with time zone)
        {%- endif %}
        {%- if since and not arrival_range %} and (received_at >= cast('{{ since }}+00' as timestamp with time zone) or lacks_received_at)
        {%- endif -%}
      {%- endset -%}
      {%- do parts.append('(' ~ part ~ ')') -%}
    {%- endfor -%}
  {%- endfor -%}
  ({{ parts | join(' or ') }})
{%- endmacro %}
