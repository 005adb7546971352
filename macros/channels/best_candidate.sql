{% macro best_candidate() -%}
  {#- the order in which referrer_candidates of one referrer win, the most specific first -#}
  (path is not null) desc,
  covered_labels desc,
  char_length(path) desc,
  has_country,
  case kind when 'search' then 1 when 'social' then 2 when 'ai' then 3 when 'mail' then 4 else 5 end,
  name
{%- endmacro %}
