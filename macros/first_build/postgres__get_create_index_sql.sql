{% macro postgres__get_create_index_sql(relation, index_dict) -%}
  {#- dbt's own, but that a first build packs the indexes of tables whose months hardly change once they are over
      (meta.packed_indexes): Postgres leaves a tenth of each page free, for rows that will never come -#}
  {%- set index_config = adapter.parse_index(index_dict) -%}
  create {{ 'unique ' if index_config.unique }}index if not exists {{ adapter.quote(index_config.render(relation)) }}
  on {{ relation }} {{ 'using ' ~ index_config.type if index_config.type }} ({{ index_config.columns | join(', ') }})
  {%- if build_step() == 'indexes' and config.get('meta', {}).get('packed_indexes') and index_config.type in [none, 'btree'] %}
  with (fillfactor = 100)
  {%- endif -%}
{%- endmacro %}
