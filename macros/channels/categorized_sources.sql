{% macro categorized_sources(entries) -%}
  {#- Adds the one name of the source and GA4's category of it ('ai' for an assistant), and completes the medium.
      A source that GA4 does not list goes by what its referrer is known as. Our own medium 'social' gives way to
      GA4's category of the host: YouTube is a video site there, though the referrer list has it as a network. -#}
  with ai_sources as (
      select lower(name) as source from {{ ref('referrer_hosts') }} where kind = 'ai' and path is null
      union
      select host from {{ ref('referrer_hosts') }} where kind = 'ai' and path is null
  ),

  categories as (
      select
          hits.*,
          coalesce(aliases.name, hits.channel_source) as canonical_source,
          coalesce(
              ga4.category,
              case when ai_sources.source is not null then 'ai' end,
              case
                  when hits.channel_source = hits.referrer_source and hits.referrer_kind in ('search', 'social')
                      then hits.referrer_kind
              end
          ) as source_category
      from {{ entries }} as hits
      left join {{ ref('source_aliases') }} as aliases on hits.channel_source = aliases.alias
      left join {{ ref('ga4_source_categories') }} as ga4
          on coalesce(aliases.name, hits.channel_source) = ga4.source
      left join ai_sources on coalesce(aliases.name, hits.channel_source) = ai_sources.source
  )

  select
      *,
      coalesce(
          said_medium,
          implied_medium,
          case when referrer_medium = 'social' and source_category = 'video' then 'referral' end,
          referrer_medium
      ) as channel_medium
  from categories
  offset 0
{%- endmacro %}
