"""Months ahead, gaps and retention on a real server, with others who read meanwhile."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from runner.partitions import Change, Month, PartitionSet, add_month
from runner.rollover import rollover
from runner.runlock import RunLock
from tests.integration.story import arrive
from tests.support.upkeep import (
    SCHEMAS,
    Probe,
    another,
    build,
    invoke,
    leaves,
    months_ago,
    open_transaction,
    signup,
)
from tests.support.warehouse import Warehouse

TRACKS = "partitioning.app_tracks"
READ = "select count(*) from partitioning.app_tracks"
# longer than any answer takes that waits for nobody, on a busy machine too
LONG = 2.0


@pytest.fixture
def built(warehouse: Warehouse) -> Warehouse:
    """A warehouse after one night: months 0, 2 and 4 back have events, 1 and 3 back are gaps."""
    build(warehouse)
    return warehouse


def run(warehouse: Warehouse, **options: Any) -> list[Change]:
    """A rollover at this moment."""
    with another(warehouse) as connection:
        return rollover(connection, SCHEMAS, datetime.now(UTC), **options)


def of_table(changes: list[Change], table: str = "app_tracks") -> list[tuple[str, str, str]]:
    """Partition, action and outcome of one table's changes."""
    return [
        (change.leaf, change.action, change.outcome) for change in changes if change.table == table
    ]


def tracks(back: int) -> str:
    """The month of app_tracks so many months ago."""
    return f"app_tracks_{months_ago(back).suffix}"


def span(oldest: int, newest: int) -> set[str]:
    """The months of app_tracks from so many months ago to so many months ago."""
    return {tracks(back) for back in range(newest, oldest + 1)}


# -- months that are missing -----------------------------------------------------------------


@pytest.mark.all_versions
def test_gaps_and_months_ahead_are_made_like_their_neighbours(built: Warehouse) -> None:
    assert leaves(built, TRACKS) == span(4, -3) - {tracks(1), tracks(3)}
    changes = run(built, premake=5)
    assert of_table(changes) == [(tracks(back), "add", "done") for back in (3, 1, -4, -5)]
    assert leaves(built, TRACKS) == span(4, -5)
    for schema, table in (
        ("partitioning", "app_tracks"),
        ("sessions_stages", "identity_sessions"),
        ("sessions", "attribution"),
    ):
        alike = built.rows(
            "select count(distinct (n, reloptions)) as kinds, min(n) as n from ("
            " select c.reloptions, (select count(*) from pg_index i join pg_inherits a"
            "  on a.inhrelid = i.indexrelid where i.indrelid = c.oid and i.indisvalid) as n"
            " from pg_inherits p join pg_class c on c.oid = p.inhrelid"
            " where p.inhparent = %s::regclass) as each",
            (f"{schema}.{table}",),
        )
        assert alike[0]["kinds"] == 1
        assert alike[0]["n"] >= (1 if table == "identity_sessions" else 2)
    targets = built.rows(
        "select attname as name, min(attstattarget) as least, max(attstattarget) as most"
        " from pg_inherits join pg_attribute on attrelid = inhrelid"
        " where inhparent = 'sessions_stages.identity_sessions'::regclass"
        " and attname in ('identity', 'first_page_url') group by attname order by attname"
    )
    assert [(one["least"], one["most"]) for one in targets] == [(0, 0), (500, 500)]
    assert run(built, premake=5) == []


def test_a_row_of_a_filled_gap_is_seen(built: Warehouse) -> None:
    run(built)
    arrive(built, "tracks", [signup(months_ago(3))])
    # read again from the beginning: the row arrived before the cursor
    built.nightly({"late_arrival_hours": 24 * 365})
    assert built.rows(f"select count(*) as n from partitioning.{tracks(3)}")[0]["n"] == 1


def test_stray_months_lead_to_no_more_than_two_years_of_months(built: Warehouse) -> None:
    for stray in (Month(2000, 1), Month(2099, 12)):
        add_month(built.connection, PartitionSet("partitioning", "app_tracks", ()), stray)
    before = leaves(built, TRACKS)
    run(built)
    assert leaves(built, TRACKS) == before | span(24, -3)
    assert len(leaves(built, TRACKS)) == 24 + 1 + 3 + 2


def test_a_dry_run_tells_the_same_and_changes_nothing(built: Warehouse) -> None:
    before = leaves(built, TRACKS)
    told = run(built, retain=3, dry_run=True)
    assert leaves(built, TRACKS) == before
    assert {change.outcome for change in told} == {"would be done"}
    done = run(built, retain=3)
    keys = [[(one.table, one.leaf, one.action) for one in changes] for changes in (told, done)]
    assert keys[0] == keys[1]
    # the month four back is gone, so the one three back is no gap any more
    assert leaves(built, TRACKS) == span(2, -3)


def test_a_month_whose_name_is_taken_fails_and_the_others_are_made(built: Warehouse) -> None:
    built.execute(f"create table partitioning.{tracks(3)} (id text)")
    result = invoke(built, "rollover", "--json")
    assert result.exit_code == 1
    told = [one for one in json.loads(result.stdout) if one["table"] == "app_tracks"]
    assert [(one["leaf"], one["outcome"]) for one in told] == [
        (tracks(3), "failed"),
        (tracks(1), "done"),
    ]
    assert "python -m runner check" in told[0]["detail"]


def test_only_the_tables_named_are_touched(built: Warehouse) -> None:
    sessions = leaves(built, "sessions.all_sessions")
    run(built, tables=["partitioning.app_tracks"])
    assert leaves(built, TRACKS) == span(4, -3)
    assert leaves(built, "sessions.all_sessions") == sessions
    result = invoke(built, "rollover", "--table", "app_tracks", "--table", "events")
    assert result.exit_code == 2
    assert "'events'; there is all_sessions, app_tracks" in result.stderr


# -- readers ---------------------------------------------------------------------------------


def test_months_are_made_beside_a_reader_and_another_one_does_not_wait(built: Warehouse) -> None:
    with open_transaction(built, READ), Probe(built, READ) as probe:
        before = probe.count
        changes = run(built, wait_seconds=30)
        assert probe.count > before
    assert {outcome for _, _, outcome in of_table(changes)} == {"done"}
    assert leaves(built, TRACKS) == span(4, -3)
    assert probe.slowest < LONG


@pytest.mark.all_versions
def test_a_detach_that_had_to_wait_is_finished_by_the_next_run(built: Warehouse) -> None:
    run(built)
    with open_transaction(built, READ) as end, Probe(built, READ) as probe:
        changes = run(built, retain=2, wait_seconds=2, tables=["app_tracks"])
        # neither the one that waits for the reader nor the one behind it is lost
        assert of_table(changes) == [(tracks(4), "detach", "waits"), (tracks(3), "detach", "waits")]
        pending = built.rows(
            "select inhrelid::regclass::text as n from pg_inherits where inhdetachpending"
        )
        assert [one["n"] for one in pending] == [f"partitioning.{tracks(4)}"]
        end()
    assert probe.slowest < LONG
    left = run(built, tables=["app_tracks"])
    assert of_table(left) == [(tracks(4), "finish detaching", "left")]
    changes = run(built, retain=2, tables=["app_tracks"])
    assert of_table(changes) == [(tracks(4), "detach", "done"), (tracks(3), "detach", "done")]
    assert leaves(built, TRACKS) == span(2, -3)
    assert built.rows(f"select count(*) as n from partitioning.{tracks(4)}_detached")[0]["n"] == 1


def test_a_command_that_had_to_wait_says_so_by_its_exit_code(built: Warehouse) -> None:
    with open_transaction(built, READ):
        result = invoke(
            built, "rollover", "--retain", "2", "--wait", "0.1", "--table", "app_tracks"
        )
    assert result.exit_code == 4
    assert "python -m runner locks" in result.stderr


# -- old months ------------------------------------------------------------------------------


def test_old_months_leave_with_their_rows_and_are_kept(built: Warehouse) -> None:
    changes = run(built, retain=2)
    assert (tracks(4), "detach", "done") in of_table(changes)
    assert leaves(built, TRACKS) == span(2, -3)
    # two of the three events are left; the third one is where the change says
    assert built.rows(READ)[0]["count"] == 2
    kept = next(one.detail for one in changes if one.leaf == tracks(4))
    assert kept == f"kept as {tracks(4)}_detached"
    assert built.rows(f"select count(*) from partitioning.{tracks(4)}_detached")[0]["count"] == 1


def test_a_late_event_of_a_detached_month_still_loads(built: Warehouse) -> None:
    run(built, retain=2, tables=["app_tracks"])
    late = {**signup(months_ago(4)), "anonymous_id": "late", "received_at": datetime.now(UTC)}
    arrive(built, "tracks", [late])
    built.nightly()
    assert built.rows(f"select id from partitioning.{tracks(4)}") == [{"id": late["id"]}]
    # it leaves again, and both tables are kept
    changes = run(built, retain=2, tables=["app_tracks"])
    assert of_table(changes) == [(tracks(4), "detach", "done")]
    assert built.rows(f"select id from partitioning.{tracks(4)}_detached_2") == [{"id": late["id"]}]


def test_dropped_months_are_gone(built: Warehouse) -> None:
    changes = run(built, retain=2, drop=True)
    assert (tracks(4), "drop", "done") in of_table(changes)
    assert built.rows("select 1 from pg_class where relname ~ %s", (f"^{tracks(4)}",)) == []


def test_this_month_and_later_ones_never_leave(built: Warehouse) -> None:
    run(built)
    run(built, retain=1)
    assert leaves(built, TRACKS) == span(1, -3)
    with pytest.raises(ValueError, match="at least one month"):
        run(built, retain=0)
    assert invoke(built, "rollover", "--retain", "0").exit_code == 2


def test_a_month_with_other_bounds_than_its_name_says_is_not_detached(built: Warehouse) -> None:
    last = months_ago(30)
    name = f"app_tracks_{last.suffix}"
    built.execute(f"create table partitioning.{name} (like {TRACKS} including all)")
    built.execute(
        f"alter table {TRACKS} attach partition partitioning.{name} " + months_ago(1).bounds
    )
    changes = run(built, retain=2, tables=["app_tracks"])
    assert (name, "detach", "left") in of_table(changes)
    assert name in leaves(built, TRACKS)


def test_retention_and_a_night_exclude_each_other(built: Warehouse) -> None:
    with built.in_environment():
        lock = RunLock()
        lock.take()
        with lock:
            result = invoke(built, "rollover", "--retain", "2")
            assert result.exit_code == 3
            assert invoke(built, "rollover", "--retain", "2", "--dry-run").exit_code == 0
            assert invoke(built, "rollover").exit_code == 0
    assert tracks(4) in leaves(built, TRACKS)


def test_dropping_needs_a_number_of_months_to_keep(built: Warehouse) -> None:
    result = invoke(built, "rollover", "--drop")
    assert result.exit_code == 2
    assert "--retain" in result.stderr
