{% macro changing_leaf() -%}
  {#- months whose rows are rewritten: room for a new version beside the old one, and vacuum and statistics
      after 2 % of changes instead of 20 % and 10 %, which in a large month would be weeks -#}
  {{ return({
    'fillfactor': 90,
    'autovacuum_vacuum_scale_factor': 0.02,
    'autovacuum_analyze_scale_factor': 0.02,
  }) }}
{%- endmacro %}
