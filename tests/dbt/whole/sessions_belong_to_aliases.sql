-- no session is left with an id that leads elsewhere
{{ config(tags=['whole_table']) }}

select all_sessions.alias_id
from {{ ref('all_sessions') }} as all_sessions
inner join {{ ref('identity_map') }} as identity_map on identity_map.id = all_sessions.alias_id
where identity_map.alias_id <> all_sessions.alias_id
