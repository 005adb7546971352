{{ config(enabled=var('reporting'), materialized='view') }}

with attribution as (
    select * from {{ ref('attribution') }}
),

answers as (
    select * from {{ ref('self_report_answers') }}
),

all_sessions as (
    select * from {{ ref('all_sessions') }}
),

compared as (
    select
        attribution.alias_id,
        attribution.signup_timestamp,
        answers.answer,
        answers.answered_channel,
        answers.answered_source,
        attribution.first_touch_channel,
        first_sessions.canonical_source as first_touch_canonical_source
    from attribution
    inner join answers on answers.alias_id = attribution.alias_id
    inner join all_sessions as first_sessions
        on
            first_sessions.alias_id = attribution.alias_id
            and first_sessions.started_at = attribution.first_touch_timestamp
),

final as (
    select
        *,
        case
            when answered_channel is not null
                then
                    answered_channel = first_touch_channel
                    or coalesce(answered_source = first_touch_canonical_source, false)
        end as agrees
    from compared
)

select * from final
