{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
  {#- dbt truncates or drops a list that is loaded again: readers wait, or find it empty. Its rows give way to the
      new ones in one transaction, unless the list has other columns now. -#}
  {%- if column_names(old_relation) != agate_table.column_names | list -%}
    {%- do run_statement(patiently('drop table ' ~ old_relation ~ ' cascade', old_relation)) -%}
    {{ return(create_csv_table(model, agate_table)) }}
  {%- endif -%}
  {%- do run_statement('delete from ' ~ old_relation) -%}
  {{ return('delete from ' ~ old_relation) }}
{%- endmacro %}
