{% macro close_the_books() -%}
  {#- every table has taken in what was touched: the lists are emptied in the same transaction -#}
  delete from {{ ref('touched_identities') }};
  delete from {{ ref('touched_links') }};
  delete from {{ ref('touched_aliases') }};
  delete from {{ ref('map_changes') }};
  delete from {{ ref('arrived_events') }};
  delete from {{ ref('arrived_identity_calls') }};
  delete from {{ ref('source_rereads') }};
  delete from {{ ref('rebuild_requests') }}
  {%- if build_step() == 'finish' %};
  insert into {{ ref('build_steps') }} (model_name, kind, part, finished_at)
  values ('all', 'finish', '', clock_timestamp())
  {%- endif %}
{%- endmacro %}
