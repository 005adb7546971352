{% macro is_paid(utm_medium, click_id) -%}
  {#- a medium of the list paid_media, or a click id that only ads carry by the list click_ids -#}
  {%- set tests = [] -%}
  {%- set paid_ids = click_ids() | selectattr('is_paid', 'in', ['true', 't']) | map(attribute='click_id') | list -%}
  {%- if paid_ids -%}
    {%- do tests.append('coalesce(' ~ click_id ~ ' in (' ~ sql_list(paid_ids) ~ '), false)') -%}
  {%- endif -%}
  {%- set medium_tests = [] -%}
  {%- for row in seed_rows('paid_media', ['operator', 'pattern'], 'operator, pattern') -%}
    {%- do check_condition('paid_media', "pattern '" ~ row['pattern'] ~ "'", row['operator'], row['pattern']) -%}
    {%- do medium_tests.append(text_condition('lower(' ~ utm_medium ~ ')', row['operator'], row['pattern'])) -%}
  {%- endfor -%}
  {%- if medium_tests -%}
    {%- do tests.append('coalesce(' ~ medium_tests | join(' or ') ~ ', false)') -%}
  {%- endif -%}
  {{ return('(' ~ tests | join(' or ') ~ ')' if tests else 'false') }}
{%- endmacro %}
