{% macro leaf_storage(meta=none) -%}
  {%- set parameters = (meta or config.get('meta', {})).get('leaf_storage', {}) -%}
  {%- set parts = [] -%}
  {%- for key, value in parameters.items() -%}
    {%- do parts.append(key ~ ' = ' ~ value) -%}
  {%- endfor -%}
  {{ return('(' ~ parts | join(', ') ~ ')' if parts else '') }}
{%- endmacro %}
