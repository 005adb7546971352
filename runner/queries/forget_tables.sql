-- Lists of this session: the ids named, those that go with them, where their rows stand, and the rows of the
-- source that leave. Ids come in by copy, so that no statement shows one to a log or to pg_stat_activity.
create temporary table if not exists forget_named (id text collate "C");
create temporary table if not exists forget_ids (id text collate "C" primary key, is_named boolean not null);
create temporary table if not exists forget_near (id text collate "C" primary key);
create temporary table if not exists forget_removed (
    kind text not null,
    source_name text collate "C" not null,
    id text collate "C" not null,
    identity text collate "C",
    happened_at timestamp with time zone not null,
    received_at timestamp with time zone not null
);
truncate forget_named, forget_ids, forget_near, forget_removed;
