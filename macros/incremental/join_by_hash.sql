{% macro join_by_hash() -%}
  {#- for a night whose lookups all go by any_of: the planner expects ten rows of such a list, and would join
      what are tens of thousands by a loop over loops -#}
  set local enable_nestloop = {{ 'off' if execute and is_incremental() and not rebuild_everything() else 'on' }}
{%- endmacro %}
