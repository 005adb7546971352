-- Whether a run that was cut short left keys for the next one.
-- Identifiers: {touched_identities}, {touched_links}, {touched_aliases}, {map_changes}, {rebuild_requests},
-- {source_rereads}, {arrived_events}, {arrived_identity_calls}
select
    exists (select 1 from {touched_identities})
    or exists (select 1 from {touched_links})
    or exists (select 1 from {touched_aliases})
    or exists (select 1 from {map_changes})
    or exists (select 1 from {rebuild_requests})
    or exists (select 1 from {source_rereads})
    or exists (select 1 from {arrived_events})
    or exists (select 1 from {arrived_identity_calls}) as is_unfinished;
