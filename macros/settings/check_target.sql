{% macro check_target() -%}
  {#- dbt writes these names as they are between double quotes -#}
  {%- for what, name in {'database': target.database, 'schema of the target': target.schema}.items() if '"' in name -%}
    {%- do exceptions.raise_compiler_error(
      'the ' ~ what ~ " is named '" ~ name ~ "': dbt cannot work with a double quote in this name; rename it, or name another in the profile"
    ) -%}
  {%- endfor -%}
{%- endmacro %}
