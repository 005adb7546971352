{% macro check_condition(seed, place, operator, pattern) -%}
  {%- set operators = ['is', 'is_not', 'begins_with', 'ends_with', 'contains', 'matches'] -%}
  {%- if operator not in operators -%}
    {%- do seed_error(seed, place, "the operator '" ~ operator ~ "' is unknown", 'use one of: ' ~ operators | join(', ')) -%}
  {%- elif not pattern -%}
    {%- do seed_error(seed, place, 'the pattern is empty', 'give a value, several with | between them, or for matches a regular expression') -%}
  {%- elif operator == 'matches' and plain_alternatives(pattern) is none -%}
    {%- do check_regular_expression(pattern, "list '" ~ seed ~ "' (seeds/" ~ seed ~ '.csv), ' ~ place, 'give a POSIX regular expression') -%}
  {%- endif -%}
{%- endmacro %}
