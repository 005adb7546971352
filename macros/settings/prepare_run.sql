{% macro prepare_run() -%}
  {#- before anything is written: settings that make sense, a source that still has its columns -#}
  {%- if execute and flags.WHICH in ['run', 'build'] -%}
    {%- do check_settings() -%}
    {%- do check_unfinished_build() -%}
    {%- do check_settings_in_force() -%}
    {%- do check_source_columns() -%}
  {%- endif -%}
{%- endmacro %}
