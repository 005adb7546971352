{% macro identity_call_columns() -%}
  {#- the columns of an identity call, in the order in which they break the last ties between two copies -#}
  {{ return(['anonymous_id', 'previous_id', 'user_id', 'email_domain']) }}
{%- endmacro %}
