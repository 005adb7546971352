-- each first session and signup session of a user, as it stands in all_sessions
{{ config(tags=['whole_table']) }}

with expected as (
    select session_id
    from {{ ref('all_sessions') }}
    where is_user and (is_first_session or is_signup_session)
)

select coalesce(expected.session_id, useful_sessions.session_id) as session_id
from expected
full outer join {{ ref('useful_sessions') }} as useful_sessions on useful_sessions.session_id = expected.session_id
where expected.session_id is null or useful_sessions.session_id is null
