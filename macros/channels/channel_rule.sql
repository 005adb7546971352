{% macro channel_rule() -%}
  {#- The precedence of the first rule of the list channel_rules whose clauses all hold, null for none; a comment
      says each. Within a rule, clauses with a regular expression come last. -#}
  {%- set rules = channel_rules() -%}
  {%- if not rules -%}
    {{ return('cast(null as integer)') }}
  {%- endif -%}
  case
      {%- for precedence, rule in rules.items() %}
      -- {{ precedence }} {{ rule['channel'] | replace('\n', ' ') }}{{ ': ' ~ rule['description'] | replace('\n', ' ') if rule['description'] }}
      {%- set quick = [] -%}
      {%- set slow = [] -%}
      {%- for rows in rule['clauses'].values() -%}
        {%- set tests = [] -%}
        {%- for row in rows -%}
          {%- do tests.append(text_condition(rule_fields()[row['field']], row['operator'], row['pattern'])) -%}
        {%- endfor -%}
        {%- set clause = '(' ~ tests | join(' or ') ~ ')' -%}
        {%- do (slow if '~*' in clause else quick).append(clause) -%}
      {%- endfor %}
      when {{ (quick + slow) | join(' and ') }} then {{ precedence }}
      {%- endfor %}
  end
{%- endmacro %}
