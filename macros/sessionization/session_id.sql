{% macro session_id(alias_id, started_at) -%}
  md5({{ alias_id }} || '|' || cast(cast(extract(epoch from {{ started_at }}) * 1000000 as bigint) as text))
{%- endmacro %}
