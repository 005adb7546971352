{% macro get_replace_rows_sql(target_relation, rows_relation, columns, key) -%}
  {#- All rows of a table give way to others in one transaction: who reads sees the old ones or the new ones, whole,
      in every isolation level, and nobody waits. Rows that stay the same are not written where a key tells them. -#}
  {%- set quoted = get_quoted_csv(columns) -%}
  {%- if not key -%}
  delete from {{ target_relation }};
  insert into {{ target_relation }} ({{ quoted }})
  select {{ quoted }} from {{ rows_relation }}
  {%- else -%}
  {%- set same_key -%}
    {%- for column in key %}target.{{ adapter.quote(column) }} = computed.{{ adapter.quote(column) }}{{ ' and ' if not loop.last }}{% endfor -%}
  {%- endset -%}
  {#- of what should be there once and stands twice no copy is the right one -#}
  delete from {{ target_relation }} as target
  using (
    select {{ get_quoted_csv(key) }} from {{ target_relation }} group by {{ get_quoted_csv(key) }} having count(*) > 1
  ) as computed
  where {{ same_key }};

  delete from {{ target_relation }} as target
  where not exists (
    select 1
    from {{ rows_relation }} as computed
    where
      {{ same_key }}
      {%- for column in columns if column not in key %}
      and target.{{ adapter.quote(column) }} is not distinct from computed.{{ adapter.quote(column) }}
      {%- endfor %}
  );

  insert into {{ target_relation }} ({{ quoted }})
  select {{ quoted }}
  from {{ rows_relation }} as computed
  where not exists (select 1 from {{ target_relation }} as target where {{ same_key }})
  {%- endif -%}
{%- endmacro %}
