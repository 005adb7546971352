{{ config(
    enabled=var('reporting'),
    incremental_strategy='sync',
    unique_key=['alias_id', 'signup_timestamp', 'attribution_model', 'touch_number'],
    meta={'partition_by': 'signup_timestamp', 'sync_scope': 'touched_aliases', 'leaf_storage': changing_leaf()},
    indexes=[
        {'columns': ['alias_id'], 'type': 'hash'},
        {'columns': ['hashtextextended(alias_id, 0)']},
        {'columns': ['attribution_model', 'signup_timestamp']},
        {'columns': ['channel']},
    ],
    pre_hook="{{ night_settings() }}",
    post_hook="{{ request_rebuild_downstream() }}",
) }}

{%- set lookback_days = var('attribution_lookback_days') %}
-- depends_on: {{ ref('attribution') }}
with all_sessions as {% if rebuild_everything() %}not materialized {% endif %}(
    {{ touched_sessions() }}
),

signups as (
    {{ signups_of('all_sessions') }}
),

touches as (
    select
        all_sessions.alias_id,
        signups.signup_timestamp,
        all_sessions.session_id,
        all_sessions.started_at as touch_timestamp,
        all_sessions.channel,
        all_sessions.source,
        all_sessions.canonical_source,
        all_sessions.medium,
        all_sessions.utm_campaign as campaign,
        all_sessions.is_paid,
        row_number() over (partition by all_sessions.alias_id order by all_sessions.session_number) as touch_number
    from signups
    inner join all_sessions on all_sessions.alias_id = signups.alias_id
    where
        all_sessions.exclusion_reason is null
        and all_sessions.started_at <= signups.signup_timestamp
        {%- if lookback_days is not none %}
        -- the signup session is a touch however long it lasted
        and (
            all_sessions.is_signup_session
            or all_sessions.started_at >= signups.signup_timestamp - interval '{{ lookback_days }} days'
        )
        {%- endif %}
),

-- where in the journey each touch stands
placed as (
    select
        *,
        count(*) over by_alias as touch_count,
        max(touch_number) filter (where channel <> 'Direct') over by_alias as last_non_direct_number,
        min(touch_number) filter (where is_paid) over by_alias as first_paid_number,
        max(touch_number) filter (where is_paid) over by_alias as last_paid_number
    from touches
    window by_alias as (partition by alias_id)
),

weighted as (
    {%- for attribution_model in rule_based_models() %}
    select
        *,
        '{{ attribution_model }}' as attribution_model,
        {{ touch_weight(attribution_model) }} as weight
    from placed
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        *,
        'none' as attribution_model,
        cast(0 as double precision) as weight
    from placed
    where false
    {%- endfor %}
),

-- of each signup's credit, the part that its touches have up to this one
shared_out as (
    select
        *,
        case
            when touch_number = max(touch_number) over by_journey then 1
            else round(
                cast(
                    sum(weight) over (by_journey order by touch_number rows unbounded preceding) / sum(weight) over by_journey
                    as numeric
                ), 12
            )
        end as share_up_to
    from weighted
    where weight > 0
    window by_journey as (partition by alias_id, attribution_model)
),

-- differences of rounded parts: they add up to one, to the last digit
credited as (
    select
        *,
        share_up_to - lag(share_up_to, 1, cast(0 as numeric)) over (
            partition by alias_id, attribution_model order by touch_number
        ) as credit
    from shared_out
),

-- a model of paid touches has nothing to credit where nothing was paid for; the signup counts all the same
unpaid as (
    {%- for attribution_model in rule_based_models() if 'paid' in attribution_model %}
    select
        *,
        '{{ attribution_model }}' as attribution_model
    from placed
    where touch_number = touch_count and first_paid_number is null
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        *,
        'none' as attribution_model
    from placed
    where false
    {%- endfor %}
),

final as (
    select
        alias_id,
        signup_timestamp,
        attribution_model,
        cast(touch_number as integer) as touch_number,
        cast(touch_count as integer) as touch_count,
        session_id,
        touch_timestamp,
        channel,
        source,
        canonical_source,
        medium,
        campaign,
        cast(credit as numeric(13, 12)) as credit
    from credited
    union all
    select
        alias_id,
        signup_timestamp,
        attribution_model,
        0 as touch_number,
        cast(touch_count as integer) as touch_count,
        null as session_id,
        null as touch_timestamp,
        'No paid touch' as channel,
        null as source,
        null as canonical_source,
        null as medium,
        null as campaign,
        cast(1 as numeric(13, 12)) as credit
    from unpaid
)

select * from final
