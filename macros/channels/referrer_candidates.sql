{% macro referrer_candidates(hosts) -%}
  {#- every row of referrer_hosts that a referrer_host of these matches, with how much of the host it covers -#}
  {{ return(adapter.dispatch('referrer_candidates', 'segment_attribution')(hosts)) }}
{%- endmacro %}

{% macro default__referrer_candidates(hosts) -%}
  {#- A host is cut at each of its dots, and each piece is looked up as it stands and with {} for what may be
      a country: equality joins, where patterns would compare every host with every row. No name of a host is
      longer than 253. -#}
  {%- set country = '^[a-z]{2,3}$' -%}
  with host_labels as (
      select referrer_host, string_to_array(referrer_host, '.') as labels
      from {{ hosts }}
      where octet_length(referrer_host) <= 253
  ),

  suffixes as (
      select host_labels.referrer_host, host_labels.labels[starts.place:] as labels
      from host_labels
      cross join lateral generate_series(1, cardinality(host_labels.labels)) as starts (place)
  ),

  keys as (
      select referrer_host, cardinality(labels) as covered_labels, false as has_country,
          array_to_string(labels, '.') as host
      from suffixes

      union all

      -- google.de as google.{}, de.search.yahoo.com as {}.search.yahoo.com
      select
          suffixes.referrer_host, cardinality(suffixes.labels), true,
          array_to_string(
              suffixes.labels[:places.place - 1] || '{}'::text || suffixes.labels[places.place + 1:], '.'
          )
      from suffixes
      cross join lateral generate_series(1, cardinality(suffixes.labels)) as places (place)
      where suffixes.labels[places.place] ~ '{{ country }}'

      union all

      -- google.co.uk as google.{}
      select
          referrer_host, cardinality(labels), true,
          array_to_string(labels[:cardinality(labels) - 2] || '{}'::text, '.')
      from suffixes
      where
          cardinality(labels) > 2
          and labels[cardinality(labels)] ~ '{{ country }}'
          and labels[cardinality(labels) - 1] in ('co', 'com', 'org', 'net')
  )

  select
      keys.referrer_host,
      keys.covered_labels,
      keys.has_country,
      known.kind,
      known.name,
      known.path
  from keys
  inner join {{ ref('referrer_hosts') }} as known on keys.host = known.host
{%- endmacro %}
