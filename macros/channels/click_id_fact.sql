{% macro click_id_fact(click_id, column) -%}
  {#- the source or the medium that a click id alone gives away, from the list click_ids -#}
  {%- set branches = [] -%}
  {%- for row in click_ids() if row[column] -%}
    {%- do branches.append('when ' ~ sql_list([row['click_id']]) ~ ' then ' ~ sql_list([row[column] | lower])) -%}
  {%- endfor -%}
  {{ return('case ' ~ click_id ~ ' ' ~ branches | join(' ') ~ ' end' if branches else 'cast(null as ' ~ dbt.type_string() ~ ')') }}
{%- endmacro %}
