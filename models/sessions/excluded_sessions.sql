{{ config(
    incremental_strategy='sync',
    unique_key=['session_id', 'started_at'],
    meta={'partition_by': 'started_at', 'sync_scope': 'touched_aliases', 'leaf_storage': changing_leaf()},
    indexes=[
        {'columns': ['session_id', 'started_at'], 'unique': true},
        {'columns': ['alias_id'], 'type': 'hash'},
        {'columns': ['hashtextextended(alias_id, 0)']},
        {'columns': ['started_at']},
    ],
    pre_hook="{{ night_settings() }}",
    post_hook="{{ request_rebuild_downstream() }}",
) }}

with all_sessions as (
    {{ touched_sessions() }}
),

final as (
    select
        session_id,
        alias_id,
        started_at,
        exclusion_reason,
        event_count,
        page_view_count,
        signup_at,
        source,
        medium,
        channel
    from all_sessions
    where exclusion_reason is not null
)

select * from final
