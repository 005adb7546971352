{% macro click_ids() -%}
  {#- the list click_ids in its order: where a URL has several, the first here counts -#}
  {%- set rows = seed_rows('click_ids', ['click_id', 'source', 'medium', 'is_paid'], 'precedence, click_id') -%}
  {%- for row in rows if not modules.re.fullmatch('[A-Za-z0-9_.-]+', row['click_id']) -%}
    {%- do seed_error('click_ids', "'" ~ row['click_id'] ~ "'", 'it is no name of a URL parameter', 'use letters, digits, _, . and -') -%}
  {%- endfor -%}
  {{ return(rows) }}
{%- endmacro %}
