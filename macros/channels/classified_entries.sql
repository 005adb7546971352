{% macro classified_entries(entries) -%}
  {#- Adds source, medium, channel, its rule and is_paid to entries. What a referrer is known as is looked up once for
      each distinct host, and for each distinct page of the few hosts that are listed with a path. `offset 0`
      keeps the planner from writing an expression out at each of its uses. -#}
  with hit_hosts as (
      select referrer_host
      from {{ entries }}
      where referrer is not null and referrer_host is not null
      group by referrer_host
  ),

  candidates as (
      {{ referrer_candidates('hit_hosts') }}
  ),

  known_hosts as (
      select distinct on (referrer_host) referrer_host, kind, name
      from candidates
      where path is null
      order by referrer_host, {{ best_candidate() }}
  ),

  listed_hosts as (
      select distinct referrer_host
      from candidates
      where path is not null
  ),

  pages as (
      select hits.referrer_host, {{ referrer_page('hits.referrer') }} as referrer_page
      from {{ entries }} as hits
      inner join listed_hosts on hits.referrer_host = listed_hosts.referrer_host
      where hits.referrer is not null
      group by 1, 2
  ),

  page_paths as (
      select referrer_host, referrer_page, {{ url_path('referrer_page') }} as page_path
      from pages
      offset 0
  ),

  known_pages as (
      select distinct on (referrer_host, referrer_page) referrer_host, referrer_page, kind, name
      from page_paths
      inner join candidates using (referrer_host)
      where
          page_path = rtrim(path, '/')
          or starts_with(page_path, rtrim(path, '/') || '/')
      order by referrer_host, referrer_page, {{ best_candidate() }}
  ),

  known as (
      select
          hits.*,
          coalesce(known_pages.kind, known_hosts.kind) as referrer_kind,
          coalesce(known_pages.name, known_hosts.name) as referrer_name
      from {{ entries }} as hits
      left join known_hosts
          on hits.referrer_host = known_hosts.referrer_host and hits.referrer is not null
      left join known_pages
          on
              hits.referrer_host = known_pages.referrer_host
              and {{ referrer_page('hits.referrer') }} = known_pages.referrer_page
  ),

  referred as (
      select
          *,
          {{ referrer_source() }} as referrer_source,
          {{ referrer_medium() }} as referrer_medium,
          {{ said_utm('utm_source') }} as said_source,
          {{ said_utm('utm_medium') }} as said_medium,
          {{ said_utm('utm_campaign') }} as channel_campaign
      from known
      offset 0
  ),

  spoken as (
      select
          *,
          coalesce(
              said_source, case when said_medium is null then {{ click_id_fact('click_id', 'source') }} end, referrer_source
          ) as channel_source,
          case
              when said_source is null and said_medium is null then {{ click_id_fact('click_id', 'medium') }}
          end as implied_medium
      from referred
      offset 0
  ),

  categorized as (
      {{ categorized_sources('spoken') }}
  ),

  ruled as (
      select
          *,
          {{ channel_rule() }} as channel_rule
      from categorized
      offset 0
  ),

  final as (
      select
          identity,
          started_at,
          ended_at,
          event_count,
          page_view_count,
          has_user_id,
          signup_at,
          has_page,
          entry_at,
          entry_id,
          entry_source_name,
          first_page_url,
          referrer,
          utm_source,
          utm_medium,
          utm_campaign,
          utm_term,
          utm_content,
          click_id,
          coalesce(utm_source, {{ campaign_text('referrer_source') }}) as source,
          coalesce(utm_medium, referrer_medium) as medium,
          {{ campaign_text('canonical_source') }} as canonical_source,
          {{ channel_of_rule('channel_rule') }} as channel,
          channel_rule,
          {{ is_paid('utm_medium', 'click_id') }} as is_paid,
          exclusion_reason,
          last_page_at,
          last_page_id,
          last_page_source_name,
          last_page_url,
          first_blog_at,
          first_blog_id,
          first_blog_source_name,
          first_blog_url
      from ruled
  )

  select * from final
{%- endmacro %}
