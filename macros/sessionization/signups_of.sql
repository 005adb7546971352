{% macro signups_of(sessions) -%}
  {#- when each alias signed up: its first signup in a session that counts; a row for each who did -#}
  select
      alias_id,
      min(signup_at) as signup_timestamp
  from {{ sessions }}
  where signup_at is not null and exclusion_reason is null
  group by alias_id
{%- endmacro %}
