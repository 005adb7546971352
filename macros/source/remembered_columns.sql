{% macro remembered_columns() -%}
  {%- set remembered = {} -%}
  {%- set stored = stored_relation('partitioning', 'source_columns') -%}
  {%- if stored -%}
    {%- for row in run_query('select source_name, source_table, column_name, data_type from ' ~ stored) -%}
      {%- if (row[0], row[1]) not in remembered -%}
        {%- do remembered.update({(row[0], row[1]): {}}) -%}
      {%- endif -%}
      {%- do remembered[(row[0], row[1])].update({row[2]: row[3]}) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(remembered) }}
{%- endmacro %}
