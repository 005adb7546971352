{% macro channel_rules() -%}
  {#- the list channel_rules by precedence: channel, description, and clauses, each a list of alternatives -#}
  {%- set columns = ['precedence', 'channel', 'clause', 'field', 'operator', 'pattern', 'description'] -%}
  {%- set rules = {} -%}
  {%- for row in seed_rows('channel_rules', columns, 'precedence, clause, field, operator, pattern') -%}
    {%- set place = 'precedence ' ~ row['precedence'] -%}
    {%- set rule = rules.setdefault(row['precedence'], {'channel': row['channel'], 'description': '', 'clauses': {}}) -%}
    {%- if rule['channel'] != row['channel'] or not row['channel'] -%}
      {%- set problem = "it has the channels '" ~ rule['channel'] ~ "' and '" ~ row['channel'] ~ "'" -%}
      {%- do seed_error('channel_rules', place, problem, 'give all rows of a rule the same channel, and each rule a precedence of its own') -%}
    {%- endif -%}
    {%- if row['field'] not in rule_fields() -%}
      {%- do seed_error('channel_rules', place, "the field '" ~ row['field'] ~ "' is unknown", 'use one of: ' ~ rule_fields() | join(', ')) -%}
    {%- endif -%}
    {%- do check_condition('channel_rules', place, row['operator'], row['pattern']) -%}
    {%- if row['description'] -%}
      {%- do rule.update({'description': row['description']}) -%}
    {%- endif -%}
    {%- do rule['clauses'].setdefault(row['clause'], []).append(row) -%}
  {%- endfor -%}
  {{ return(rules) }}
{%- endmacro %}
