{% macro channel_of_rule(rule) -%}
  {#- the channel of a rule's precedence; what no rule takes is Unassigned, as in GA4 -#}
  {%- set rules = channel_rules() -%}
  {%- if not rules -%}
    {{ return("'Unassigned'") }}
  {%- endif -%}
  case {{ rule }}
      {%- for precedence, one in rules.items() %}
      when {{ precedence }} then {{ sql_list([one['channel']]) }}
      {%- endfor %}
      else 'Unassigned'
  end
{%- endmacro %}
