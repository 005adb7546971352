{{ config(incremental_strategy='replace', pre_hook="{{ night_settings('attribution') }}") }}

-- what must hold for everybody this run touched; a row is a fault, and a data test wants none
-- depends_on: {{ ref('attribution') }}, {{ ref('useful_sessions') }}, {{ ref('excluded_sessions') }}
with touched_aliases as (
    select distinct alias_id from {{ ref('touched_aliases') }}
),

sessions as {% if rebuild_everything('attribution') %}not materialized {% endif %}(
    {{ touched_sessions('attribution') }}
),

ordered as (
    select
        alias_id,
        session_id,
        session_number,
        signup_at,
        is_signup_session,
        exclusion_reason,
        row_number() over (partition by alias_id order by started_at) as expected_number,
        started_at - lag(ended_at) over (partition by alias_id order by started_at) as gap
    from sessions
),

signups as (
    select
        alias_id,
        min(signup_at) as signup_timestamp,
        count(*) filter (where is_signup_session) as signup_sessions
    from sessions
    where exclusion_reason is null
    group by alias_id
    having min(signup_at) is not null
),

attributed as (
    {% if rebuild_everything('attribution') -%}
    select
        alias_id,
        signup_timestamp
    from {{ ref('attribution') }}
    {%- else -%}
    select
        attribution.alias_id,
        attribution.signup_timestamp
    from touched_aliases
    inner join {{ ref('attribution') }} as attribution on attribution.alias_id = touched_aliases.alias_id
    {%- endif %}
),

final as (
    select
        'sessions are numbered 1, 2, ... by start' as check_name,
        alias_id
    from ordered
    where session_number <> expected_number
    union all
    select
        'sessions of a person lie further apart than the timeout' as check_name,
        alias_id
    from ordered
    where gap <= {{ session_timeout() }}
    union all
    select
        'a person who signed up has one signup session' as check_name,
        alias_id
    from signups
    where signup_sessions <> 1
    union all
    select
        'a person who signed up has one row of attribution, with that signup' as check_name,
        coalesce(signups.alias_id, attributed.alias_id) as alias_id
    from signups
    full outer join attributed
        on attributed.alias_id = signups.alias_id and attributed.signup_timestamp = signups.signup_timestamp
    where signups.alias_id is null or attributed.alias_id is null
)

select * from final
