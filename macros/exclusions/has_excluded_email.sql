{% macro has_excluded_email(expression) -%}
  {#- whether an id is an e-mail address of one of vars.exclude_email_domains -#}
  coalesce({{ email_domain(expression) }} in ({{ sql_list(var('exclude_email_domains') | map('trim') | map('lower')) }}), false)
{%- endmacro %}
