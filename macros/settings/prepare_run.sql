{% macro prepare_run() -%}
  {#- before anything is written: settings that make sense, a source that still has its columns -#}
  {%- if execute and flags.WHICH in ['run', 'build'] -%}
    {%- if not var('source_is_checked', false) -%}
      {%- do check_source() -%}
    {%- endif -%}
    {%- do check_extra_column_types() -%}
    {%- do check_unfinished_build() -%}
    {%- do check_settings_in_force() -%}
  {%- endif -%}
{%- endmacro %}
