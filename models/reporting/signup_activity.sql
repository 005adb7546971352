{{ config(
    enabled=var('reporting'),
    incremental_strategy='sync',
    unique_key=['alias_id', 'signup_timestamp'],
    meta={'partition_by': 'signup_timestamp', 'sync_scope': 'touched_aliases', 'leaf_storage': changing_leaf()},
    indexes=[
        {'columns': ['alias_id'], 'type': 'hash'},
        {'columns': ['hashtextextended(alias_id, 0)']},
    ],
    pre_hook="{{ night_settings() }}",
) }}

-- depends_on: {{ ref('touch_credit') }}
with all_sessions as {% if rebuild_everything() %}not materialized {% endif %}(
    {{ touched_sessions() }}
),

signups as (
    {{ signups_of('all_sessions') }}
),

later_sessions as (
    select
        alias_id,
        started_at
    from all_sessions
    where exclusion_reason is null
),

final as (
    select
        signups.alias_id,
        signups.signup_timestamp,
        cast(count(later_sessions.alias_id) as integer) as session_count_after_signup,
        max(later_sessions.started_at) as last_session_at,
        coalesce(
            array_agg(distinct {{ days_between('signups.signup_timestamp', 'later_sessions.started_at') }})
            filter (where later_sessions.alias_id is not null),
            cast(array[] as integer[])
        ) as active_days
    from signups
    left join later_sessions
        on later_sessions.alias_id = signups.alias_id and later_sessions.started_at > signups.signup_timestamp
    group by signups.alias_id, signups.signup_timestamp
)

select * from final
