{% macro settings_now() -%}
  {#- one row a setting that shapes tables; a list in a seed counts by its content, and its file is
      remembered so that a night need not load it again -#}
  {%- set seeds = remembered_seeds() -%}
  {%- for name in setting_effects().keys() | list + input_columns().keys() | list if name not in seeds %}
  select
      cast('{{ name }}' as {{ dbt.type_string() }}) as setting_name,
      cast({{ sql_list([tojson(var(name), sort_keys=true)]) }} as {{ dbt.type_string() }}) as setting_value
  union all
  {%- endfor %}
  select
      'views' as setting_name,
      '{{ var('views_fingerprint', '') }}' as setting_value
  union all
  {%- for seed in seeds %}
  select
      '{{ seed }}' as setting_name,
      md5(string_agg(cast(seed_row as text), '|' order by cast(seed_row as text) collate "C")) as setting_value
  from {{ ref(seed) }} as seed_row
  union all
  select
      'file of seed {{ seed }}' as setting_name,
      '{{ seed_checksum(seed) }}' as setting_value
  {{ 'union all' if not loop.last }}
  {%- endfor %}
{%- endmacro %}
