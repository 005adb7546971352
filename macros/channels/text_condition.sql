{% macro text_condition(expression, operator, pattern) -%}
  {#- whether a text in lower case is, begins with, ends with, contains or matches a pattern, case aside -#}
  {%- if operator == 'matches' -%}
    {%- set alternatives = plain_alternatives(pattern) -%}
    {%- if alternatives is none -%}
      {{ return(expression ~ ' ~* ' ~ sql_list([pattern])) }}
    {%- endif -%}
  {%- else -%}
    {%- set alternatives = [] -%}
    {%- for value in pattern.split('|') -%}
      {%- do alternatives.append((operator, value | trim)) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- set by_operator = {} -%}
  {%- for name, value in alternatives -%}
    {%- do by_operator.setdefault(name, []).append(value | lower) -%}
  {%- endfor -%}
  {%- set tests = [] -%}
  {%- for name, values in by_operator.items() -%}
    {%- if name == 'is' -%}
      {%- do tests.append(expression ~ ' in (' ~ sql_list(values) ~ ')') -%}
    {%- elif name == 'is_not' -%}
      {%- do tests.append('coalesce(' ~ expression ~ ' not in (' ~ sql_list(values) ~ '), true)') -%}
    {%- else -%}
      {%- for value in values -%}
        {%- if name == 'begins_with' -%}
          {%- do tests.append('starts_with(' ~ expression ~ ', ' ~ sql_list([value]) ~ ')') -%}
        {%- elif name == 'ends_with' -%}
          {%- do tests.append('right(' ~ expression ~ ', ' ~ (value | length) ~ ') = ' ~ sql_list([value])) -%}
        {%- else -%}
          {%- do tests.append('strpos(' ~ expression ~ ', ' ~ sql_list([value]) ~ ') > 0') -%}
        {%- endif -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(tests | join(' or ')) }}
{%- endmacro %}
