-- Rows of the source and of each table made from it.
with counted as (
    select 1 as place, 'segment.tracks' as table_name, count(*) as row_count from segment.tracks
    union all
    select 2 as place, 'segment.pages' as table_name, count(*) as row_count from segment.pages
    union all
    select 3 as place, 'segment.identifies' as table_name, count(*) as row_count from segment.identifies
    union all
    select 4 as place, 'segment.aliases' as table_name, count(*) as row_count from segment.aliases
    union all
    select 5 as place, 'partitioning.app_tracks' as table_name, count(*) as row_count from partitioning.app_tracks
    union all
    select 6 as place, 'partitioning.rejected_events' as table_name, count(*) as row_count from partitioning.rejected_events
    union all
    select 7 as place, 'aliasing.known_pairs' as table_name, count(*) as row_count from aliasing.known_pairs
    union all
    select 8 as place, 'sessions.all_sessions' as table_name, count(*) as row_count from sessions.all_sessions
    union all
    select 9 as place, 'sessions.useful_sessions' as table_name, count(*) as row_count from sessions.useful_sessions
    union all
    select 10 as place, 'sessions.attribution' as table_name, count(*) as row_count from sessions.attribution
)

select
    table_name,
    row_count
from counted
order by place;
