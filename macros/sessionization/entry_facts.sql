{% macro entry_facts(runs) -%}
  {#- referrer and campaign of the entry event: context_campaign_* first, else the utm_* of its URL.
      `offset 0` keeps the planner from writing an expression out at each of its uses. -#}
  {%- set names = {'source': 'source', 'medium': 'medium', 'name': 'campaign', 'term': 'term', 'content': 'content'} -%}
  with hosts as (
      select
          *,
          {{ url_host('first_page_url') }} as page_host,
          {{ url_host('page_referrer') }} as referrer_host,
          coalesce(
              {% for name in names -%}
              context_campaign_{{ name }}{{ ', ' if not loop.last }}
              {%- endfor %}
          ) is not null as has_campaign,
          case when strpos(first_page_url, 'utm_') > 0 then {{ url_query('first_page_url') }} end as utm_query
      from {{ runs }}
      offset 0
  ),

  final as (
      select
          *,
          case
              when {{ is_own_host('referrer_host') }} then null
              when referrer_host = page_host then null
              else page_referrer
          end as referrer,
          {% for name, utm in names.items() -%}
          {{ campaign_text("case
              when has_campaign then context_campaign_" ~ name ~ "
              else " ~ query_parameter('utm_query', 'utm_' ~ utm) ~ "
          end") }} as utm_{{ utm }},
          {% endfor -%}
          {{ click_id('first_page_url') }} as click_id,
          {{ session_exclusion('event_exclusion', 'page_host') }} as exclusion_reason
      from hosts
  )

  select * from final
{%- endmacro %}
