"""Faults that are made on purpose: each is found, and what is safe to mend is mended."""

from __future__ import annotations

import json
import threading
from datetime import datetime

import psycopg2
import pytest

from runner.checks import Finding, run_checks
from runner.fixes import Fixed, fix
from runner.partitions import Month
from runner.rollover import rollover
from tests.support.upkeep import (
    SCHEMAS,
    Probe,
    another,
    build,
    invalid_indexes,
    invoke,
    leaves,
    months_ago,
    open_transaction,
)
from tests.support.waiting import eventually
from tests.support.warehouse import Warehouse

TRACKS = "partitioning.app_tracks"
READ = "select count(*) from partitioning.app_tracks"
LONG = 2.0


@pytest.fixture
def sound(warehouse: Warehouse) -> Warehouse:
    """A warehouse after a night and a rollover: events of this month, two back and four back."""
    build(warehouse)
    with another(warehouse) as connection:
        rollover(connection, SCHEMAS, clock(warehouse))
    return warehouse


def clock(warehouse: Warehouse) -> datetime:
    """The server's time."""
    return warehouse.rows("select now()")[0]["now"]


def find(warehouse: Warehouse) -> list[tuple[str, str, str]]:
    """Severity, kind and place of what a check finds."""
    return [(one.severity, one.kind, one.where) for one in check(warehouse)]


def check(warehouse: Warehouse) -> list[Finding]:
    """What a check finds."""
    with another(warehouse) as connection:
        return run_checks(connection, SCHEMAS, ["segment"])


def mend(warehouse: Warehouse, wait_seconds: float = 20) -> tuple[list[Fixed], list[Finding]]:
    """What ``--fix`` does, and what is left."""
    with another(warehouse) as connection:
        return fix(connection, SCHEMAS, ["segment"], wait_seconds=wait_seconds)


def month(back: int) -> str:
    """The full name of the month of app_tracks so many months ago."""
    return f"{TRACKS}_{months_ago(back).suffix}"


def take_away(warehouse: Warehouse, back: int) -> None:
    """A month that is as if it had never been made."""
    warehouse.execute(f"alter table {TRACKS} detach partition {month(back)}")
    warehouse.execute(f"drop table {month(back)}")


def leave_invalid(warehouse: Warehouse, statement: str) -> None:
    """Cancel a statement that builds an index concurrently, while it waits for a writer."""
    writer = f"insert into {TRACKS} (id, \"timestamp\") values ('w', now())"
    # whoever builds is closed last: it waits for the other one's end
    with another(warehouse) as connection, open_transaction(warehouse, writer):
        pid = connection.info.backend_pid
        thread = threading.Thread(target=quietly, args=(connection, statement), daemon=True)
        thread.start()
        waits = "select wait_event_type = 'Lock' as waits from pg_stat_activity where pid = %s"
        assert eventually(lambda: warehouse.rows(waits, (pid,))[0]["waits"] is True)
        connection.cancel()
        thread.join(20)
        assert not thread.is_alive()


def quietly(connection: psycopg2.extensions.connection, statement: str) -> None:
    """Run a statement that others may cancel."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    except psycopg2.errors.QueryCanceled:
        pass


@pytest.mark.all_versions
def test_a_sound_warehouse_has_nothing_to_find(sound: Warehouse) -> None:
    assert find(sound) == []
    result = invoke(sound, "check")
    assert (result.exit_code, result.stdout) == (0, "all is well\n")


def test_an_empty_database_is_told_from_a_sound_one(warehouse: Warehouse) -> None:
    assert find(warehouse) == [("notice", "no tables", ", ".join(sorted(SCHEMAS)))]


# -- months ----------------------------------------------------------------------------------


def test_a_gap_is_a_warning_and_a_month_that_is_needed_soon_an_error(sound: Warehouse) -> None:
    for back in (1, -1):
        take_away(sound, back)
    assert [(one.severity, one.kind, one.where, one.what) for one in check(sound)] == [
        ("error", "missing month", TRACKS, f"the month {months_ago(-1).suffix} is missing"),
        ("warning", "missing month", TRACKS, f"the month {months_ago(1).suffix} is missing"),
    ]
    fixed, left = mend(sound)
    assert [one.is_mended for one in fixed] == [True, True]
    assert left == []
    assert f"app_tracks_{months_ago(1).suffix}" in leaves(sound, TRACKS)


def test_a_month_two_years_back_is_no_gap_and_one_later_is_not_needed_yet(
    sound: Warehouse,
) -> None:
    stray = Month(2001, 1)
    sound.execute(f"create table {TRACKS}_{stray.suffix} (like {TRACKS} including all)")
    sound.execute(f"alter table {TRACKS} attach partition {TRACKS}_{stray.suffix} {stray.bounds}")
    take_away(sound, -2)
    missing = [one.what for one in check(sound)]
    assert missing == [
        f"the month {months_ago(back).suffix} is missing" for back in range(24, 4, -1)
    ]


def test_bounds_that_are_not_the_month_of_the_name(sound: Warehouse) -> None:
    wrong = f"{TRACKS}_{months_ago(7).suffix}"
    sound.execute(f"create table {wrong} (like {TRACKS} including all)")
    # a local midnight, as a server in another time zone would have made it
    day = f"{months_ago(7).start} 00:00:00+02"
    sound.execute(
        f"alter table {TRACKS} attach partition {wrong} for values from ('{day}')"
        f" to ('{months_ago(6).start}')"
    )
    assert find(sound) == [
        ("error", "wrong bounds", wrong),
        *[("warning", "missing month", TRACKS)] * 2,
    ]
    early = f"'{months_ago(7).start} 00:00:00+01'"
    sound.execute(f"insert into {TRACKS} (id, \"timestamp\") values ('early', {early})")
    sound.execute(f"analyze {TRACKS}")
    found = check(sound)
    assert [(one.kind, one.where) for one in found if one.severity == "error"] == [
        ("wrong bounds", wrong),
        ("wrong rows", wrong),
    ]
    fixed, left = mend(sound)
    assert {one.kind for one in left} == {"wrong bounds", "wrong rows"}
    assert {one.finding.kind for one in fixed} == {"missing month"}


def test_a_name_that_is_no_month(sound: Warehouse) -> None:
    odd = f"{TRACKS}_rest"
    sound.execute(f"create table {odd} (like {TRACKS} including all)")
    sound.execute(
        f"alter table {TRACKS} attach partition {odd}"
        " for values from ('2001-01-01') to ('2002-01-01')"
    )
    [finding] = check(sound)
    assert (finding.kind, finding.where) == ("wrong bounds", odd)
    assert "its name says no month" in finding.what


def test_a_default_partition(sound: Warehouse) -> None:
    sound.execute(f"create table {TRACKS}_default partition of {TRACKS} default")
    [finding] = check(sound)
    assert (finding.severity, finding.kind) == ("error", "default partition")
    sound.execute(finding.command)
    assert [one.kind for one in check(sound)] == []


@pytest.mark.all_versions
def test_a_pending_detach_is_finished_and_the_command_attaches_it_again(sound: Warehouse) -> None:
    with open_transaction(sound, READ), another(sound) as connection:
        with connection.cursor() as cursor:
            cursor.execute("set lock_timeout = '100ms'")
            with pytest.raises(psycopg2.errors.LockNotAvailable):
                cursor.execute(f"alter table {TRACKS} detach partition {month(2)} concurrently")
        assert find(sound) == [("error", "pending detach", month(2))]
        # the reader is in the way of finishing it, and no other one waits
        with Probe(sound, READ) as probe:
            fixed, left = mend(sound, wait_seconds=1)
        assert probe.slowest < LONG
        assert [(one.is_mended, one.finding.kind) for one in fixed] == [(False, "pending detach")]
        assert "python -m runner locks" in fixed[0].problem
        assert [one.kind for one in left] == ["pending detach"]
    fixed, left = mend(sound)
    assert [one.is_mended for one in fixed] == [True]
    [finding] = left
    assert (finding.severity, finding.kind, finding.where) == ("error", "detached month", month(2))
    sound.execute(finding.command)
    assert find(sound) == []
    assert sound.rows(READ)[0]["count"] == 3


def test_a_lone_table_with_rows_of_another_month(sound: Warehouse) -> None:
    lone = f"{TRACKS}_{months_ago(40).suffix}"
    sound.execute(f"create table {lone} (like {TRACKS} including all)")
    assert find(sound) == [("warning", "detached month", lone)]
    sound.execute(f"insert into {lone} (id, \"timestamp\") values ('x', now())")
    found = check(sound)
    assert [(one.severity, one.kind) for one in found] == [
        ("error", "wrong rows"),
        ("warning", "detached month"),
    ]
    assert found[0].command == f"insert into {TRACKS} select * from {lone}"
    sound.execute(f"alter table {lone} rename to gone")
    assert find(sound) == []


# -- indexes ---------------------------------------------------------------------------------


@pytest.mark.all_versions
def test_an_index_left_by_a_cancelled_create_is_dropped(sound: Warehouse) -> None:
    leave_invalid(sound, f"create index concurrently half_made on {month(0)} (event)")
    assert invalid_indexes(sound) == {"half_made"}
    [finding] = check(sound)
    assert (finding.severity, finding.kind, finding.where) == (
        "warning",
        "invalid index",
        "partitioning.half_made",
    )
    assert finding.command == "drop index concurrently partitioning.half_made"
    fixed, left = mend(sound)
    assert [one.is_mended for one in fixed] == [True]
    assert left == []
    assert invalid_indexes(sound) == set()


def test_an_index_that_is_being_built_is_left_alone(sound: Warehouse) -> None:
    writer = f"insert into {TRACKS} (id, \"timestamp\") values ('w', now())"
    with another(sound) as connection, open_transaction(sound, writer) as end:
        create = f"create index concurrently in_work on {month(0)} (event)"
        thread = threading.Thread(target=quietly, args=(connection, create), daemon=True)
        thread.start()
        assert eventually(lambda: invalid_indexes(sound) == {"in_work"})
        [finding] = check(sound)
        assert (finding.severity, finding.kind) == ("notice", "invalid index")
        assert str(connection.info.backend_pid) in finding.what
        fixed, left = mend(sound, wait_seconds=0.1)
        assert (fixed, [one.kind for one in left]) == ([], ["invalid index"])
        end()
        thread.join(20)
    assert sound.rows("select to_regclass('partitioning.in_work') is not null as is_there")[0][
        "is_there"
    ]
    assert invalid_indexes(sound) == set()


def test_an_index_of_the_table_that_months_lack_is_made_on_each(sound: Warehouse) -> None:
    sound.execute(f"create index by_event on only {TRACKS} (event)")
    found = find(sound)
    months = len(leaves(sound, TRACKS))
    assert found.count(("warning", "invalid index", "partitioning.by_event")) == 1
    assert sorted(where for _, kind, where in found if kind == "missing index") == sorted(
        f"partitioning.{leaf}" for leaf in leaves(sound, TRACKS)
    )
    # one month has an index of that kind already: it is taken over, not made again
    sound.execute(f"create index own_index on {month(2)} (event)")
    with Probe(sound, READ) as probe:
        fixed, left = mend(sound)
    assert probe.slowest < LONG
    assert left == []
    assert [one.is_mended for one in fixed] == [True] * months
    attached = sound.rows(
        "select inhrelid::regclass::text as name from pg_inherits"
        " where inhparent = 'partitioning.by_event'::regclass"
    )
    assert len(attached) == months
    assert {"name": "partitioning.own_index"} in attached


def test_an_index_that_most_months_have_is_made_on_the_others_and_the_table(
    sound: Warehouse,
) -> None:
    for back in range(4, -3, -1):
        sound.execute(f"create index on {month(back)} (event)")
    [finding] = check(sound)
    assert (finding.severity, finding.kind, finding.where) == ("warning", "missing index", TRACKS)
    assert finding.what.startswith("7 of 8 months")
    fixed, left = mend(sound)
    assert [one.is_mended for one in fixed] == [True]
    assert left == []
    new = sound.rows(
        "select indexdef from pg_indexes"
        " where tablename = 'app_tracks' and indexdef like '%(event)'"
    )
    assert len(new) == 1


def test_an_index_that_one_month_has_is_its_own_affair(sound: Warehouse) -> None:
    sound.execute(f"create index on {month(2)} (event)")
    [finding] = check(sound)
    assert (finding.severity, finding.kind) == ("notice", "missing index")
    assert mend(sound) == ([], [finding])


# -- the rest --------------------------------------------------------------------------------


def test_what_dbt_left_behind(sound: Warehouse) -> None:
    sound.execute("create table sessions.attribution__dbt_backup (a int) partition by range (a)")
    sound.execute(
        "create table sessions.attribution__dbt_backup_2020_01 partition of"
        " sessions.attribution__dbt_backup for values from (1) to (2)"
    )
    sound.execute("create view sessions.x__dbt_tmp as select 1 as one")
    found = check(sound)
    assert [(one.severity, one.where) for one in found] == [
        ("warning", "sessions.attribution__dbt_backup"),
        ("warning", "sessions.x__dbt_tmp"),
    ]
    for one in found:
        sound.execute(one.command)
    assert find(sound) == []


def test_rows_that_no_account_tells_of(sound: Warehouse) -> None:
    assert sound.rows("select count(*) from partitioning.load_accounts")[0]["count"] > 0
    sound.execute("update partitioning.load_accounts set rows_kept = rows_kept - 1")
    [finding] = check(sound)
    assert (finding.severity, finding.kind) == ("error", "accounting")
    assert "of 3 rows read from app.tracks" in finding.what
    assert "2 are accounted for" in finding.what


def test_a_large_source_table_without_an_index_on_arrival(sound: Warehouse) -> None:
    sound.execute(
        "insert into segment.tracks (id, context_page_url, received_at)"
        " select n::text, repeat('x', 1900), now() from generate_series(1, 36000) as n"
    )
    [finding] = check(sound)
    assert (finding.severity, finding.where) == ("warning", "segment.tracks")
    assert finding.what == "has no index on received_at, so each night reads all of it"
    sound.execute(finding.command)
    assert find(sound) == []


def test_statistics_that_were_never_gathered(sound: Warehouse) -> None:
    sound.execute(f"alter table {TRACKS} rename to old_tracks")
    sound.execute(
        f'create table {TRACKS} (like partitioning.old_tracks) partition by range ("timestamp")'
    )
    sound.execute("drop table partitioning.old_tracks")
    for back in range(0, -4, -1):
        bounds = months_ago(back).bounds
        sound.execute(f"create table {month(back)} partition of {TRACKS} {bounds}")
    assert find(sound) == []
    sound.execute(f"insert into {TRACKS} (id, \"timestamp\") values ('x', now())")
    assert find(sound) == [
        ("warning", "statistics", TRACKS),
        ("notice", "statistics", month(0)),
    ]
    fixed, left = mend(sound)
    assert [one.is_mended for one in fixed] == [True, True]
    assert left == []


def test_a_table_that_is_locked_ends_the_check_in_time(sound: Warehouse) -> None:
    lock = f"lock table {month(2)} in access exclusive mode"
    with open_transaction(sound, lock):
        result = invoke(sound, "check")
    assert result.exit_code == 4
    assert "python -m runner locks" in result.stderr


# -- the command -----------------------------------------------------------------------------


def test_the_command_tells_and_its_exit_code_says_whether_errors_are_left(
    sound: Warehouse,
) -> None:
    take_away(sound, -1)
    suffix = months_ago(-1).suffix
    line = f"{TRACKS}: the month {suffix} is missing"
    result = invoke(sound, "check")
    assert result.exit_code == 6
    assert result.stdout.splitlines() == [
        f"error: {line}; mend it with: python -m runner rollover",
        "1 error, 0 warnings, 0 notices",
    ]
    assert result.stderr == "error: check: 1 error\n"
    told = json.loads(invoke(sound, "check", "--json").stdout)
    assert told["findings"][0]["kind"] == "missing month"
    assert told["findings"][0]["is_safe_to_fix"] is True
    result = invoke(sound, "check", "--fix")
    assert (result.exit_code, result.stdout) == (0, f"mended: {line}\nall is well\n")


def test_a_warning_alone_is_no_failure(sound: Warehouse) -> None:
    take_away(sound, 1)
    result = invoke(sound, "check")
    assert result.exit_code == 0
    assert result.stdout.startswith("warning: ")


def test_names_that_need_quotes_are_quoted(sound: Warehouse) -> None:
    sound.execute('create view sessions."Odd ""x""__dbt_tmp" as select 1 as one')
    [finding] = check(sound)
    sound.execute(finding.command)
    assert find(sound) == []
