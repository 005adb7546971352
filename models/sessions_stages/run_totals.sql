{{ config(incremental_strategy='append', pre_hook="{{ night_settings('attribution') }}") }}

-- one row a run: what it touched; a build from scratch touches everything
-- depends_on: {{ ref('settings_in_force') }}, {{ ref('attribution') }}
with touched_aliases as (
    select distinct alias_id from {{ ref('touched_aliases') }}
),

all_sessions as (
    {{ touched_sessions('attribution') }}
),

final as (
    select
        current_timestamp as loaded_at,
        (select count(*) from touched_aliases) as aliases_touched,
        count(*) as sessions_touched,
        count(*) filter (where is_signup_session) as signups_touched,
        count(*) filter (where exclusion_reason is not null) as sessions_excluded,
        count(*) filter (where exclusion_reason is not null and signup_at is not null) as signups_excluded
    from all_sessions
)

select * from final
