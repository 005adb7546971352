-- How many of those who signed up did so in their very first session.
select
    count(*) as signups,
    count(*) filter (where session_count_before_signup = 0) as in_first_session
from sessions.attribution;
