{{ config(
    incremental_strategy='sync',
    unique_key=['session_id', 'started_at'],
    meta={'partition_by': 'started_at', 'sync_scope': 'touched_aliases', 'leaf_storage': changing_leaf()},
    indexes=[
        {'columns': ['session_id', 'started_at'], 'unique': true},
        {'columns': ['alias_id'], 'type': 'hash'},
        {'columns': ['hashtextextended(alias_id, 0)']},
        {'columns': ['started_at']},
        {'columns': ['signup_at']},
    ],
    pre_hook="{{ night_settings() }}",
    post_hook="{{ request_rebuild_downstream() }}",
) }}

with all_sessions as (
    {{ touched_sessions() }}
),

final as (
    select *
    from all_sessions
    where is_user and (is_first_session or is_signup_session)
)

select * from final
