{% macro resolve_aliases(links, settled=none) -%}
  {{ return(adapter.dispatch('resolve_aliases', 'segment_attribution')(links, settled)) }}
{%- endmacro %}

{% macro postgres__resolve_aliases(links, settled) -%}
  {#- every id follows its one way out to the end; a cycle has none: there its smallest id stands -#}
  with recursive reached as (
      select id as start_id, next_id as at_id
      from {{ links }}
      union
      select reached.start_id, links.next_id as at_id
      from reached
      inner join {{ links }} as links on links.id = reached.at_id
  ),

  ends as (
      select
          reached.start_id,
          {% if settled -%}
          coalesce(settled.alias_id, reached.at_id) as alias_id
          {%- else -%}
          reached.at_id as alias_id
          {%- endif %}
      from reached
      left join {{ links }} as links on links.id = reached.at_id
      {% if settled -%}
      left join {{ settled }} as settled on settled.id = reached.at_id
      {% endif -%}
      where links.id is null
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
      select start_id as id, alias_id from ends
      union all
      select start_id as id, alias_id from cycles
  )

  select * from final
{%- endmacro %}
