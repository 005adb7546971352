{% macro carried_types() -%}
  {#- the types of the extra columns that app_tracks has already; none where it is built anew -#}
  {%- set types = {} -%}
  {%- set stored = stored_relation('partitioning', 'app_tracks') if var('extra_columns') and not flags.FULL_REFRESH -%}
  {%- if stored -%}
    {%- for row in run_query(
      'select attname, format_type(atttypid, null) from pg_attribute where attrelid = '
      ~ sql_list([stored.include(database=false) | string]) ~ '::regclass and attname in ('
      ~ sql_list(var('extra_columns')) ~ ') and attnum > 0 and not attisdropped'
    ) -%}
      {%- do types.update({row[0]: row[1]}) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(types) }}
{%- endmacro %}
