{% macro source_row(table) -%}
  {#- json may hold what jsonb refuses, such as an escaped NUL: there it stands as the text it is -#}
  {%- set names = [] -%}
  {%- for column_name, data_type in table['columns'].items() -%}
    {%- set name = 'segment_row.' ~ quoted_name(column_name) -%}
    {%- do names.append('cast(' ~ name ~ ' as text) as ' ~ quoted_name(column_name) if data_type.removesuffix('[]') == 'json' else name) -%}
  {%- endfor -%}
  {%- if 'json' in table['columns'].values() or 'json[]' in table['columns'].values() -%}
    (select to_jsonb(readable.*) from (select {{ names | join(', ') }}) as readable)
  {%- else -%}
    to_jsonb(segment_row.*)
  {%- endif -%}
{%- endmacro %}
