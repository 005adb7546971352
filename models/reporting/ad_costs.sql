{{ config(
    enabled=var('reporting'),
    incremental_strategy='sync',
    unique_key=['spent_on', 'canonical_source', 'campaign', 'channel', 'currency'],
    meta={'sync_scope': 'everything', 'leaf_storage': changing_leaf()},
) }}

{%- set input = var('ad_spend') %}
{% if input -%}
with costs as (
    select
        cast({{ adapter.quote(input['date']) }} as date) as spent_on,
        {{ said_utm('cast(' ~ adapter.quote(input['source']) ~ ' as text)') }} as source,
        {{ said_utm('cast(' ~ adapter.quote(input['campaign']) ~ ' as text)') }} as campaign,
        {{ input_text(input.get('channel')) }} as channel,
        cast({{ adapter.quote(input['cost']) }} as numeric) as cost,
        {{ input_text(input.get('currency')) }} as currency
    from {{ input_relation('ad_spend') }}
),

source_aliases as (
    select * from {{ ref('source_aliases') }}
),

named as (
    select
        costs.spent_on,
        coalesce(source_aliases.name, costs.source) as canonical_source,
        costs.campaign,
        costs.channel,
        costs.cost,
        costs.currency
    from costs
    left join source_aliases on source_aliases.alias = costs.source
    where costs.spent_on is not null and costs.cost not in ('NaN', 'Infinity', '-Infinity')
),

touch_credit as (
    select
        canonical_source,
        lower(campaign) as campaign,
        channel,
        count(*) as touch_count
    from {{ ref('touch_credit') }}
    where attribution_model = '{{ widest_model() }}' and touch_number > 0
    group by 1, 2, 3
),

-- the channel that most touches of a campaign have, else of its source
channels_of_campaigns as (
    select distinct on (canonical_source, campaign)
        canonical_source,
        campaign,
        channel
    from touch_credit
    where campaign is not null
    order by canonical_source, campaign, touch_count desc, channel
),

channels_of_sources as (
    select distinct on (canonical_source)
        canonical_source,
        channel
    from touch_credit
    where campaign is null
    order by canonical_source, touch_count desc, channel
),

final as (
    select
        named.spent_on,
        coalesce(named.canonical_source, '(not set)') as canonical_source,
        coalesce(named.campaign, '(not set)') as campaign,
        coalesce(named.channel, channels_of_campaigns.channel, channels_of_sources.channel, 'Unassigned') as channel,
        coalesce(named.currency, '(not set)') as currency,
        sum(named.cost) as cost
    from named
    left join channels_of_campaigns
        on
            channels_of_campaigns.canonical_source = named.canonical_source
            and channels_of_campaigns.campaign = named.campaign
    left join channels_of_sources
        on channels_of_sources.canonical_source = named.canonical_source and named.campaign is null
    group by 1, 2, 3, 4, 5
)

select * from final
{%- else -%}
-- depends_on: {{ ref('source_aliases') }}, {{ ref('touch_credit') }}
select
    cast(null as date) as spent_on,
    cast(null as text) as canonical_source,
    cast(null as text) as campaign,
    cast(null as text) as channel,
    cast(null as text) as currency,
    cast(null as numeric) as cost
where false
{%- endif %}
