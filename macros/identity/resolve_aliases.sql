{% macro resolve_aliases(links, settled=none) -%}
  {{ return(adapter.dispatch('resolve_aliases', 'segment_attribution')(links, settled)) }}
{%- endmacro %}

{% macro postgres__resolve_aliases(links, settled) -%}
  {#- Every id follows its one way out to the end; a cycle has none: there its smallest id stands. Walked from
      the ends up, each id is met once; down from each id would cost the square of a chain's length. Only what
      leads into a cycle is met from no end. Most ids are one step from theirs and take no part in the walk. The
      planner expects far too much of a walk: `except` does not mind, a hash join would prepare for it. -#}
  with recursive steps as (
      select
          links.id,
          links.next_id,
          onward.id is not null as goes_on
      from {{ links }} as links
      left join {{ links }} as onward on onward.id = links.next_id
  ),

  inner_steps as materialized (
      select
          id,
          next_id
      from steps
      where goes_on
  ),

  ended as (
      select
          steps.id,
          steps.next_id,
          {% if settled -%}
          coalesce(settled.alias_id, steps.next_id) as alias_id
          {%- else -%}
          steps.next_id as alias_id
          {%- endif %}
      from steps
      {% if settled -%}
      left join {{ settled }} as settled on settled.id = steps.next_id
      {% endif -%}
      where not steps.goes_on
      union all
      select
          inner_steps.id,
          inner_steps.next_id,
          ended.alias_id
      from ended
      inner join inner_steps on inner_steps.next_id = ended.id
  ),

  endless as (
      select
          id,
          next_id
      from inner_steps
      except
      select
          id,
          next_id
      from ended
  ),

  reached as (
      select id as start_id, next_id as at_id
      from endless
      union
      select reached.start_id, endless.next_id as at_id
      from reached
      inner join endless on endless.id = reached.at_id
  ),

  cycle_ids as (
      select start_id as id from reached where start_id = at_id
  ),

  cycles as (
      select
          reached.start_id,
          min(reached.at_id) as alias_id
      from reached
      inner join cycle_ids on cycle_ids.id = reached.at_id
      group by reached.start_id
  ),

  final as (
      select id, alias_id from ended
      union all
      select start_id as id, alias_id from cycles
  )

  select * from final
{%- endmacro %}
