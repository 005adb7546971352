{% macro drop_columns(target_relation, column_names) -%}
  {#- after the commit: nobody waits behind more than a moment of it -#}
  {%- set parts = [] -%}
  {%- for name in column_names -%}
    {%- do parts.append('drop column if exists ' ~ adapter.quote(name)) -%}
  {%- endfor -%}
  {%- do run_statement(patiently('alter table ' ~ target_relation ~ ' ' ~ parts | join(', '), target_relation)) -%}
  {%- do run_statement('commit') -%}
{%- endmacro %}
