{% macro existing_months(relation) -%}
  {%- set rows = run_query(
    "select substring(c.relname from '([0-9]{4,}_[0-9]{2})$') from pg_inherits as i"
    ~ " join pg_class as c on c.oid = i.inhrelid"
    ~ " where i.inhparent = " ~ dbt.string_literal(dbt.escape_single_quotes(relation.include(database=false) | string)) ~ "::regclass"
  ) -%}
  {%- set months = [] -%}
  {%- for row in rows if row[0] -%}
    {%- do months.append(row[0] | replace('_', '-')) -%}
  {%- endfor -%}
  {{ return(months) }}
{%- endmacro %}
