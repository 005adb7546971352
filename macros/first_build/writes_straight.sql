{% macro writes_straight() -%}
  {#- a part of a first build is written once: selected through a view, not copied to a temporary table -#}
  {{ return(build_step() in ['events', 'sessions', 'merge', 'indexes', 'duplicates']) }}
{%- endmacro %}
