{% macro raw_identity(relation) -%}
  coalesce({{ relation }}.user_id, {{ relation }}.anonymous_id)
{%- endmacro %}
