{% macro seed_rows(seed, columns, order_by) -%}
  {#- read from the table, which is what the settings in force are compared with; a file that was edited is
      loaded before. Every value is a trimmed text, '' for null. -#}
  {%- set rows = [] -%}
  {%- set stored = stored_relation('reference', seed) -%}
  {%- if stored -%}
    {%- set values = [] -%}
    {%- for column in columns -%}
      {%- do values.append("coalesce(trim(cast(" ~ adapter.quote(column) ~ " as " ~ dbt.type_string() ~ ")), '')") -%}
    {%- endfor -%}
    {%- for found in run_query('select ' ~ values | join(', ') ~ ' from ' ~ stored ~ ' order by ' ~ order_by) -%}
      {%- set row = {} -%}
      {%- for column in columns -%}
        {%- do row.update({column: (found[loop.index0] or '') | string}) -%}
      {%- endfor -%}
      {%- do rows.append(row) -%}
    {%- endfor -%}
  {%- elif execute and flags.WHICH in ['run', 'build'] -%}
    {%- do seed_error(seed, 'the table', 'it is not loaded', 'run: dbt seed') -%}
  {%- endif -%}
  {{ return(rows) }}
{%- endmacro %}
