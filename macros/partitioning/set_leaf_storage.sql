{% macro set_leaf_storage(relation) -%}
  {#- after months were loaded packed: what comes to them later finds room on new pages -#}
  {%- if leaf_storage() -%}
    {%- for month in existing_months(relation) %}
    alter table {{ api.Relation.create(
      database=relation.database, schema=relation.schema,
      identifier=relation.identifier ~ '_' ~ month | replace('-', '_'),
    ) }} set {{ leaf_storage() }};
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}
