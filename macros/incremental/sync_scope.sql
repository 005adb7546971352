{% macro sync_scope(scope_name, target_relation) -%}
  {#- the stored rows that this run may change -#}
  {%- if rebuild_everything() -%}
    select * from {{ target_relation }}
  {%- elif scope_name == 'known_pairs' -%}
    select stored.*
    from (select distinct anonymous_id, user_id from {{ ref('touched_links') }}) as touched
    inner join {{ target_relation }} as stored
      on stored.anonymous_id = touched.anonymous_id and stored.user_id = touched.user_id
  {%- elif scope_name == 'identity_map' -%}
    select stored.*
    from {{ ref('map_changes') }} as touched
    inner join {{ target_relation }} as stored on stored.id = touched.id
  {%- elif scope_name == 'identity_sessions' -%}
    select stored.*
    from ({{ touched_spans(ref('touched_identities'), target_relation) }}) as touched
    inner join ({{ stored_runs_near(ref('touched_identities'), target_relation) }}) as stored
      on
        stored.identity = touched.identity
        and stored.started_at >= touched.from_at
        and stored.started_at <= touched.to_at
  {%- elif scope_name == 'touched_aliases' -%}
    select stored.*
    from (select distinct alias_id from {{ ref('touched_aliases') }}) as touched
    inner join {{ target_relation }} as stored on stored.alias_id = touched.alias_id
    where {{ text_hash('stored.alias_id') }} = {{ any_of(text_hash('listed.alias_id'), ref('touched_aliases') ~ ' as listed') }}
  {%- else -%}
    {{ exceptions.raise_compiler_error("incremental strategy sync: no scope named '" ~ scope_name ~ "' in macros/incremental/sync_scope.sql") }}
  {%- endif -%}
{%- endmacro %}
