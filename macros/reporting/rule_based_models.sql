{% macro rule_based_models() -%}
  {#- the models of vars.attribution_models that a touch's place in its journey decides; the others are computed
      over all journeys, by: python -m runner attribute -#}
  {%- set chosen = [] -%}
  {%- for name in all_models() if name in var('attribution_models') and name not in data_driven_models() -%}
    {%- do chosen.append(name) -%}
  {%- endfor -%}
  {{ return(chosen) }}
{%- endmacro %}
