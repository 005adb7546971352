{% macro carried_type(data_type) -%}
  {#- without a length these two mean one sign and would cut the rest off; the others have no order, which
      the choice between two copies needs -#}
  {%- if data_type in ['character', 'bpchar'] -%}
    {{ return('text') }}
  {%- elif data_type == 'bit' -%}
    {{ return('bit varying') }}
  {%- elif data_type.removesuffix('[]') in ['json', 'xml', 'point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle'] -%}
    {{ return('text') }}
  {%- else -%}
    {{ return(data_type) }}
  {%- endif -%}
{%- endmacro %}
