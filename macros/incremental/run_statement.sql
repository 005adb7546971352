{% macro run_statement(sql) -%}
  {#- for what returns no rows: run_query would make a table of nothing, which costs more than most statements -#}
  {%- call statement('run_statement') -%}
    {{ sql }}
  {%- endcall -%}
{%- endmacro %}
