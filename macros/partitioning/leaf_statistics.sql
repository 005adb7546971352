{% macro leaf_statistics(relation, leaf, meta=none) -%}
  {#- ANALYZE takes 300 rows for each of the greatest target, and most of its time sorts them by each column in turn -#}
  {%- set targets = (meta or config.get('meta', {})).get('leaf_statistics', {}) -%}
  {%- set parts = [] -%}
  {%- if targets -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
      {%- set target = targets.get(column.name, targets.get('others')) -%}
      {%- if target is not none -%}
        {%- do parts.append('alter column ' ~ adapter.quote(column.name) ~ ' set statistics ' ~ target) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return('alter table ' ~ leaf ~ ' ' ~ parts | join(', ') if parts else '') }}
{%- endmacro %}
