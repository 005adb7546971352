{% macro reads_once() -%}
  {#- whether the rows of this model are read once, or from a small table: then they are selected through a view -#}
  {{ return(
    not should_full_refresh()
    and (writes_straight() or config.get('incremental_strategy') in ['append', 'replace', 'apply_arrivals'])
  ) }}
{%- endmacro %}
