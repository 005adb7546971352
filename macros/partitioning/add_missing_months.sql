{% macro add_missing_months(relation, rows_relation, partition_column, packed=false) -%}
  {%- set months = run_query(
    "select distinct to_char(date_trunc('month', " ~ adapter.quote(partition_column)
    ~ " at time zone 'UTC'), 'YYYY-MM') as month from " ~ rows_relation
    ~ " where " ~ adapter.quote(partition_column) ~ " is not null order by 1"
  ) -%}
  {%- if months | length > 0 -%}
    {%- set present = existing_months(relation) -%}
    {%- for row in months if row[0] not in present -%}
      {%- do add_month(relation, row[0], packed) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}
