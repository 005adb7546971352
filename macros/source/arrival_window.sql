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
  {#- and the places where copies of a forgotten row may stand -#}
  {%- set rereads = {} -%}
  {%- set reread_table = stored_relation('sessions_stages', 'source_rereads') -%}
  {%- if reread_table and not flags.FULL_REFRESH -%}
    {%- for row in run_query(
      "select source_name, source_table, string_agg(quote_literal(to_char(received_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'), ', ')"
      ~ ' from ' ~ reread_table ~ ' group by source_name, source_table'
    ) -%}
      {%- do rereads.update({(row[0], row[1]): row[2]}) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- set parts = [] -%}
  {%- for segment_source in var('segment_sources') -%}
    {%- for table_name in table_names -%}
      {%- set since = cursors.get((segment_source['name'], table_name)) -%}
      {%- set again = rereads.get((segment_source['name'], table_name)) -%}
      {%- set part -%}
        source_name = {{ sql_list([segment_source['name']]) }} and source_table = '{{ table_name }}'
        {%- if arrival_range %} and (
            true
            {%- if arrival_range[0] %}
            and received_at >= cast({{ sql_list([arrival_range[0]]) }} as timestamp with time zone)
            {%- endif %}
            {%- if arrival_range[1] %}
            and received_at < cast({{ sql_list([arrival_range[1]]) }} as timestamp with time zone)
            {%- endif %}
            {%- if again %}
            or received_at = any(cast(array[{{ again }}] as timestamp with time zone[]))
            {%- endif %}
        )
        {%- elif since %} and (
            received_at >= cast('{{ since }}+00' as timestamp with time zone)
            or lacks_received_at
            {%- if again %}
            or received_at = any(cast(array[{{ again }}] as timestamp with time zone[]))
            {%- endif %}
        )
        {%- endif -%}
      {%- endset -%}
      {%- do parts.append('(' ~ part ~ ')') -%}
    {%- endfor -%}
  {%- endfor -%}
  ({{ parts | join(' or ') }})
{%- endmacro %}
