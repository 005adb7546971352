{% macro excluded_people(everybody) -%}
  {#- Aliases that are one of us by vars.exclude_email_domains: an id that leads to them is an e-mail address there,
      or an identifies row gave one for such an id. -#}
  {%- set domains = sql_list(var('exclude_email_domains') | map('trim') | map('lower')) -%}
  with said as (
      select coalesce(user_id, anonymous_id) as id
      from {{ ref('identity_calls') }}
      where email_domain in ({{ domains }})
      {%- if everybody %}
      union
      select id from identity_map where {{ has_excluded_email('id') }}
      union
      select identity as id from runs where {{ has_excluded_email('identity') }}
      union
      select alias_id as id from runs where {{ has_excluded_email('alias_id') }}
      {%- else %}
      union
      select identity as id from members where {{ has_excluded_email('identity') }}
      union
      select alias_id as id from touched_aliases where {{ has_excluded_email('alias_id') }}
      {%- endif %}
  )

  select distinct coalesce(identity_map.alias_id, said.id) as alias_id
  from said
  left join identity_map on identity_map.id = said.id
{%- endmacro %}
