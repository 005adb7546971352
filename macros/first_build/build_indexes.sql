{% macro build_indexes() -%}
  {%- if build_step() == 'indexes' -%}
    {%- do dbt.default__create_indexes(this) -%}
    {{ set_leaf_storage(this) }}
  {%- endif -%}
  select 1
{%- endmacro %}
