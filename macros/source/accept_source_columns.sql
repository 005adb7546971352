{% macro accept_source_columns() -%}
  {#- forgets the remembered columns: the next run remembers the source as it is then -#}
  {%- set stored = stored_relation('partitioning', 'source_columns') -%}
  {%- if stored -%}
    {%- call statement('accept_source_columns', auto_begin=true) -%}
      delete from {{ stored }}; commit
    {%- endcall -%}
  {%- endif -%}
  {{ log('the source columns of the next run are taken as they are', info=true) }}
{%- endmacro %}
