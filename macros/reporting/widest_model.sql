{% macro widest_model() -%}
  {#- of the models chosen, the one that credits most touches: where a list of all touches is asked for -#}
  {%- set chosen = rule_based_models() -%}
  {%- for name in ['linear', 'time_decay', 'w_shaped', 'position_based'] + all_models() if name in chosen -%}
    {{ return(name) }}
  {%- endfor -%}
  {{ return('none') }}
{%- endmacro %}
