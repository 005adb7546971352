{% macro plain_alternatives(pattern) -%}
  {#- A regular expression of the kind GA4 writes, `^(.*cp.*|ppc|paid.*)$`, as operators and texts: a fraction of
      its time. None where it is of another kind. -#}
  {%- set plain = "(?:[.][*])?[^.*+?^$|\\\\()\\[\\]{}]+(?:[.][*])?" -%}
  {%- if not modules.re.fullmatch("\\^\\(" ~ plain ~ "(?:[|]" ~ plain ~ ")*\\)\\$", pattern) -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set found = [] -%}
  {%- for alternative in pattern[2:-2].split('|') -%}
    {%- set starts_free = alternative.startswith('.*') -%}
    {%- set ends_free = alternative.endswith('.*') -%}
    {%- set operator = {'FalseFalse': 'is', 'TrueFalse': 'ends_with', 'FalseTrue': 'begins_with', 'TrueTrue': 'contains'}[starts_free ~ ends_free] -%}
    {%- do found.append((operator, alternative.replace('.*', ''))) -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}
