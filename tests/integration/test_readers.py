"""Analysts read all day: no command lets them wait, and none shows them less than whole tables."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runner.embedded import EmbeddedServer
from runner.errors import ModelsFailed
from runner.synthetic import Scenario
from tests.support.readers import Readers, letting_go_after
from tests.support.servers import connect
from tests.support.upkeep import invoke, months_ago
from tests.support.warehouse import Warehouse

TEMPLATE = "read_warehouse"
PARTITIONED = (
    *("app_tracks", "identity_calls", "known_pairs", "identity_sessions", "all_sessions"),
    *("useful_sessions", "excluded_sessions", "attribution", "touch_credit", "signup_activity"),
)
BUILT: set[EmbeddedServer] = set()
SCENARIO = Scenario(
    events=2000,
    days=100,
    seed=4,
    end=datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=8),
)


@pytest.fixture
def built(warehouse: Warehouse) -> Warehouse:
    """Some months of visits, taken in."""
    if warehouse.server in BUILT:
        warehouse.start_from(TEMPLATE)
        return warehouse
    SCENARIO.create_tables(warehouse.connection)
    for _ in SCENARIO.load_history(warehouse.connection):
        pass
    warehouse.nightly()
    warehouse.keep_as(TEMPLATE)
    BUILT.add(warehouse.server)
    return warehouse


def readers(warehouse: Warehouse, **options: Any) -> Readers:
    """On every output table."""
    return Readers(warehouse.server, warehouse.database, **options)


def a_day_with_a_month_and_a_column(warehouse: Warehouse) -> None:
    """Another day of visits, somebody who was here three years ago, and one more source column."""
    SCENARIO.load_day(warehouse.connection, 200)
    warehouse.execute("alter table segment.tracks add column plan text")
    long_ago = datetime.now(UTC) - timedelta(days=3 * 365)
    row = {"anonymous_id": "of old", "event": "signed_up", "timestamp": long_ago, "plan": "free"}
    warehouse.insert("segment", "tracks", [{**row, "id": "1", "received_at": datetime.now(UTC)}])


def test_a_night_with_a_new_month_and_a_new_column(built: Warehouse) -> None:
    a_day_with_a_month_and_a_column(built)
    with readers(built) as reading, letting_go_after(reading, 4):
        built.nightly({"extra_columns": ["plan"]}, premake=5)
    assert reading.faults() == []
    rows, _ = reading.after["sessions.all_sessions"]
    assert rows > reading.before["sessions.all_sessions"][0]
    found = built.rows("select plan from partitioning.app_tracks where id = '1'")
    assert found == [{"plan": "free"}]
    # made in every table before anything went there, so that no query was planned without it
    month = (datetime.now(UTC) - timedelta(days=3 * 365)).strftime("_%Y_%m")
    of_old = built.rows(
        "select parent.relname from pg_inherits join pg_class as leaf on leaf.oid = inhrelid"
        " join pg_class as parent on parent.oid = inhparent and parent.relkind = 'p'"
        " where right(leaf.relname, 8) = %s order by 1",
        (month,),
    )
    assert [row["relname"] for row in of_old] == sorted(PARTITIONED)


def test_who_keeps_a_new_column_waiting_is_named(built: Warehouse) -> None:
    a_day_with_a_month_and_a_column(built)
    wanted = {"extra_columns": ["plan"], "lock_wait_seconds": 1}
    command = ["run", "--select", "arrived_events", "app_tracks"]
    with closing(connect(built.server, built.database)) as other, other.cursor() as cursor:
        cursor.execute("set application_name = 'Looker'")
        cursor.execute("begin; select count(*) from partitioning.app_tracks")
        with pytest.raises(
            ModelsFailed, match=r"app_tracks.*in the way: pid \d+ \(Looker\)"
        ) as told:
            built.dbt(command, wanted)
    assert told.value.sqlstate == "55P03"
    built.dbt(command, wanted)
    assert built.rows("select plan from partitioning.app_tracks where id = '1'")


@pytest.mark.long
def test_a_rebuild_for_a_changed_setting(built: Warehouse) -> None:
    with readers(built) as reading:
        built.nightly({"session_timeout_minutes": 45})
    assert reading.faults() == []
    assert reading.after["sessions.all_sessions"][0] < reading.before["sessions.all_sessions"][0]


@pytest.mark.all_versions(long=True)
def test_a_full_refresh_of_every_model(built: Warehouse) -> None:
    """Other rows in every table, and a reader whose transaction began before all of it."""
    SCENARIO.load_day(built.connection, 200)
    built.execute(
        "create view public.dashboard as select first_touch_channel from sessions.attribution"
    )
    built.execute("insert into reference.source_aliases values ('old', 'older')")
    variables = {"session_timeout_minutes": 45, "blocked_ids": ["somebody"]}
    with (
        readers(built, isolation="repeatable read") as reading,
        closing(connect(built.server, built.database)) as other,
        other.cursor() as cursor,
    ):
        cursor.execute("begin isolation level repeatable read; select 1 from segment.tracks")
        built.dbt(
            [
                "build",
                "--full-refresh",
                "--exclude",
                "resource_type:test",
                "resource_type:unit_test",
            ],
            variables,
        )
        cursor.execute("select count(*) from sessions.all_sessions")
        assert cursor.fetchone() == reading.before["sessions.all_sessions"][:1]
    assert reading.faults() == []
    changed = {table for table, rows in reading.after.items() if rows != reading.before[table]}
    assert changed >= {
        "partitioning.app_tracks",
        "sessions.attribution",
        "reference.source_aliases",
    }
    assert built.rows("select count(*) > 0 as is_there from public.dashboard")[0]["is_there"]
    refreshed = built.snapshot()
    built.drop_outputs()
    built.dbt(["build", "--exclude", "resource_type:test", "resource_type:unit_test"], variables)
    assert refreshed == built.snapshot()


@pytest.mark.long
def test_a_full_refresh_of_one_model_mends_what_is_wrong_with_its_table(built: Warehouse) -> None:
    right = built.snapshot()
    for table in ("partitioning.app_tracks", "aliasing.known_pairs"):
        built.execute(f"insert into {table} select * from {table}")
    built.execute("update sessions.all_sessions set source = 'wrong'")
    built.execute("alter table partitioning.app_tracks add column stray int")
    for index in built.rows(
        "select indexrelid::regclass::text as name from pg_index where indrelid ="
        " 'sessions.attribution'::regclass limit 2"
    ):
        built.execute(f"drop index {index['name']}")
    with readers(built, without=["stray"]) as reading, letting_go_after(reading, 3):
        built.nightly(full_refresh=True, refresh_model="app_tracks")
    assert reading.faults() == []
    assert built.snapshot() == right
    count = "select count(*) as n from pg_index where indrelid = 'sessions.attribution'::regclass"
    assert built.rows(count)[0]["n"] == 22
    # no session derives from these
    built.nightly(full_refresh=True, refresh_model="rejected_events")
    assert built.snapshot() == right


@pytest.mark.long
def test_a_full_refresh_that_needs_another_table_swaps_it(built: Warehouse) -> None:
    """A column of another type: the lock is asked for a tenth of a second at a time."""
    built.execute("alter table aliasing.identity_map alter column alias_id type varchar(9000)")
    built.execute("grant select on aliasing.identity_map to public")
    right = built.snapshot()
    with readers(built) as reading, letting_go_after(reading, 3):
        built.nightly(full_refresh=True, refresh_model="identity_map")
    assert reading.faults() == []
    assert built.snapshot() == right
    kind = "select format_type(atttypid, atttypmod) as kind from pg_attribute where attname ="
    where = " 'alias_id' and attrelid = 'aliasing.identity_map'::regclass"
    assert built.rows(kind + where) == [{"kind": "text"}]
    leftovers = "select relname from pg_class where relname like '%\\_\\_dbt\\_%'"
    assert built.rows(leftovers) == []
    readable = "select has_table_privilege('public', 'aliasing.identity_map', 'select') as yes"
    assert built.rows(readable) == [{"yes": True}]


COMMANDS: dict[str, tuple[str, ...]] = {
    "rollover": ("rollover", "--premake", "6"),
    "retention": ("rollover", "--retain", "1"),
    "reindex": ("reindex", "--table", "attribution", "--table", "app_tracks"),
    "check --fix": ("check", "--fix"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_looks_after_the_tables(built: Warehouse, command: str) -> None:
    if command == "check --fix":
        break_what_can_be_mended(built)
    with readers(built) as reading, letting_go_after(reading, 2):
        result = invoke(built, *COMMANDS[command])
    assert result.exit_code == 0, result.output
    if command != "retention":
        assert reading.faults() == []
        assert reading.before == reading.after
        return
    # months leave one at a time
    assert reading.waits() == [] and all(not probe.errors for probe in reading.probes)
    for probe in reading.probes:
        counts = [seen[0] for seen in probe.seen]
        assert counts == sorted(counts, reverse=True)
        assert counts[-1] == reading.after[probe.table][0]
    assert (
        reading.after["partitioning.app_tracks"][0] < reading.before["partitioning.app_tracks"][0]
    )


def break_what_can_be_mended(warehouse: Warehouse) -> None:
    """A month ahead is gone, another lacks an index, and there is one that is not valid."""
    warehouse.execute(f"drop table sessions.all_sessions_{months_ago(-1).suffix}")
    warehouse.execute("create index on sessions.attribution (first_page_ever_visited)")
    month = f"sessions.all_sessions_{months_ago(1).suffix}"
    warehouse.execute(f"create index left_over on {month} (source)")
    warehouse.execute(
        "update pg_index set indisvalid = false where indexrelid = 'sessions.left_over'::regclass"
    )
