{% macro seed_checksum(seed) -%}
  {%- if execute -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'seed' and node.name == seed -%}
      {{- node.checksum.checksum -}}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}
