"""A person who is forgotten is in no table any more, and stays out; others keep what is theirs."""

from __future__ import annotations

import json
import os
import signal
from contextlib import closing

import pytest

from runner.embedded import EmbeddedServer
from runner.errors import AnotherRun, ForgetError, RebuildNeeded
from runner.forget import forget, look
from runner.forget_person import Person
from runner.runlock import RunLock
from tests.integration.story import arrive, at, create, row, sessions, values
from tests.support.servers import connect
from tests.support.upkeep import invoke
from tests.support.waiting import eventually
from tests.support.warehouse import OUTPUT_SCHEMAS, READABLE_SCHEMAS, Warehouse

PAGE = "https://shop.test/"
AD = "https://shop.test/?utm_source=google&utm_medium=cpc"
TEMPLATE = "family_template"
KEPT: set[EmbeddedServer] = set()


def run(warehouse: Warehouse, *ids: str, source: bool = False) -> Person:
    """Forget somebody in this warehouse, in this process."""
    with warehouse.in_environment():
        return forget(ids, source, project=warehouse.workplace.project)


def mentions(warehouse: Warehouse, *words: str) -> dict[str, int]:
    """Rows of the project's tables, by table, that hold one of the words anywhere.

    The lists of schema reference hold words of all kinds.
    """
    tables = warehouse.rows(
        "select format('%%I.%%I', nspname, relname) as name from pg_class"
        " join pg_namespace on pg_namespace.oid = relnamespace"
        " where relkind = 'r' and nspname = any(%s)",
        ([schema for schema in OUTPUT_SCHEMAS if schema != "reference"],),
    )
    assert len(tables) > 25
    counts = {
        table["name"]: warehouse.rows(
            f"select count(*) from {table['name']} as t where to_jsonb(t)::text ~ any(%s)",
            ([rf"\m{word}\M" for word in words],),
        )[0]["count"]
        for table in tables
    }
    return {name: number for name, number in counts.items() if number}


def accounts(warehouse: Warehouse) -> dict[str, tuple[int, ...]]:
    """Of the last run, by source table: read, kept, known, duplicate, rejected, forgotten."""
    rows = values(
        warehouse,
        "select source_table, rows_read, rows_kept, rows_known, rows_duplicate, rows_rejected,"
        " rows_forgotten from partitioning.load_accounts where rows_read > 0"
        " and loaded_at = (select max(loaded_at) from partitioning.load_accounts)",
    )
    for one in rows:
        assert one[1] == sum(one[2:])
    return {one[0]: tuple(map(int, one[1:])) for one in rows}


def check_rebuild(warehouse: Warehouse) -> None:
    """A rebuild gives the same rows."""
    before = warehouse.snapshot()
    warehouse.dbt(["build", "--full-refresh"])
    assert warehouse.snapshot() == before


def family(warehouse: Warehouse) -> None:
    """Ann with a phone and two older ids, Bob with a tablet, and the computer both use.

    Made once for a server, and then copied.
    """
    if warehouse.server in KEPT:
        warehouse.start_from(TEMPLATE)
        return
    create(warehouse)
    arrive(
        warehouse,
        "pages",
        [
            row(at(0), url=AD, anonymous_id="phone"),
            row(at(1), url=PAGE, anonymous_id="family"),
            row(at(2), url=PAGE, anonymous_id="tablet"),
            row(at(days=-40), url=PAGE, anonymous_id="first"),
        ],
    )
    arrive(
        warehouse,
        "tracks",
        [
            row(at(3), anonymous_id="phone", user_id="ann", event="signed_up"),
            row(at(4), anonymous_id=" family ", user_id="ann", event="x"),
            row(at(5), anonymous_id="family", user_id="bob", event="signed_up"),
            row(at(6), anonymous_id="tablet", user_id="bob", event="x"),
            row(at(7), user_id="carl", event="signed_up"),
            # a rejected row keeps its ids too
            row(at(8), user_id="ann", event="x", received_at=at(days=-9)),
        ],
    )
    arrive(
        warehouse,
        "aliases",
        [
            row(at(days=-30), previous_id="first", user_id="second"),
            row(at(days=-20), previous_id="second", user_id="ann"),
        ],
    )
    warehouse.nightly()
    assert sessions(warehouse, "alias_id, started_at, event_count") == [
        ("ann", at(days=-40), 1),
        ("ann", at(0), 4),
        ("bob", at(2), 3),
        ("carl", at(7), 1),
    ]
    warehouse.keep_as(TEMPLATE)
    KEPT.add(warehouse.server)


def test_a_user_goes_with_all_ids_that_lead_to_nobody_else(warehouse: Warehouse) -> None:
    family(warehouse)
    person = run(warehouse, "ann")
    assert sorted(person.ids) == ["ann", "first", "phone", "second"]
    assert (person.shared, person.led_to) == (["family"], [])
    assert {name: number for name, number in person.rows.items() if number} == {
        "partitioning.app_tracks": 4,
        "partitioning.rejected_events": 1,
        "aliasing.identity_calls": 2,
        "aliasing.known_pairs": 4,
        "aliasing.identity_map": 3,
        "sessions_stages.identity_sessions": 3,
        "sessions.all_sessions": 2,
        "sessions.useful_sessions": 2,
        "sessions.attribution": 1,
        # five models credit one of the two touches, four credit both
        "reporting.touch_credit": 13,
        "reporting.signup_activity": 1,
    }
    # what the computer did before anybody signed in on it is now Bob's
    by_hand = [("bob", 1, at(1), at(6), 4), ("carl", 1, at(7), at(7), 1)]
    columns = "alias_id, session_number, started_at, ended_at, event_count"
    assert sessions(warehouse, columns) == by_hand
    assert values(
        warehouse, "select id, next_id, alias_id from aliasing.identity_map order by id"
    ) == [("family", "bob", "bob"), ("tablet", "bob", "bob")]
    assert mentions(warehouse, "ann", "first", "second", "phone") == {}
    assert mentions(warehouse, "bob") != {}

    # the next night reads the overlap again, and rows of Ann that were late
    arrive(
        warehouse,
        "tracks",
        [
            row(at(9), anonymous_id="laptop", user_id="ann", event="x"),
            row(at(10), anonymous_id="phone", event="x"),
            row(at(11), anonymous_id="family", event="x"),
            row(at(12), user_id="\tann ", event="x", id=None),
        ],
    )
    arrive(warehouse, "identifies", [row(at(13), anonymous_id="family", user_id="ann")])
    warehouse.nightly()
    assert accounts(warehouse) == {
        "pages": (3, 0, 2, 0, 0, 1),
        "tracks": (9, 1, 3, 0, 0, 5),
        "identifies": (1, 0, 0, 0, 0, 1),
        "aliases": (1, 0, 0, 0, 0, 1),
    }
    assert sessions(warehouse, columns) == [("bob", 1, at(1), at(11), 5), by_hand[1]]
    assert mentions(warehouse, "ann", "first", "second", "phone", "laptop") == {}
    check_rebuild(warehouse)
    assert accounts(warehouse) == {
        "pages": (4, 2, 0, 0, 0, 2),
        "tracks": (10, 4, 0, 0, 0, 6),
        "identifies": (1, 0, 0, 0, 0, 1),
        "aliases": (2, 0, 0, 0, 0, 2),
    }
    assert mentions(warehouse, "ann", "first", "second", "phone", "laptop") == {}
    # the list holds no id, and a rebuild has left it alone
    listed = values(warehouse, "select length(id_hash) from privacy.forgotten_ids")
    assert listed == [(64,)] * 4


@pytest.mark.long
def test_a_shared_id_that_is_named_goes_from_everybody(warehouse: Warehouse) -> None:
    """And where the copy that counted leaves, another copy of the same message counts."""
    create(warehouse)
    kiosk = row(at(0), id="m1", url=AD, anonymous_id="kiosk", user_id="bob")
    later = {**kiosk, "anonymous_id": "tablet", "received_at": at(days=60)}
    arrive(warehouse, "pages", [kiosk, row(at(5), url=PAGE, anonymous_id="kiosk")])
    arrive(
        warehouse,
        "tracks",
        [
            row(at(6), anonymous_id="kiosk", user_id="carl", event="x"),
            row(at(7), user_id="bob", event="signed_up"),
        ],
    )
    call = row(at(1), id="c1", anonymous_id="kiosk", user_id="carl")
    arrive(
        warehouse,
        "identifies",
        [call, {**call, "anonymous_id": "watch", "received_at": at(days=60)}],
    )
    warehouse.nightly()
    arrive(warehouse, "pages", [later, row(at(days=90), url=PAGE, anonymous_id="dora")])
    warehouse.nightly()
    assert sessions(warehouse, "alias_id, event_count, source") == [
        ("bob", 3, "google"),
        ("carl", 1, "(direct)"),
        ("dora", 1, "(direct)"),
    ]
    assert accounts(warehouse)["pages"] == (4, 1, 2, 1, 0, 0)
    person = run(warehouse, "kiosk")
    assert (person.ids, person.shared, person.led_to) == (["kiosk"], [], ["bob", "carl"])
    assert person.rows["partitioning.app_tracks"] == 3
    assert person.rows["aliasing.identity_calls"] == 1
    assert sessions(warehouse, "alias_id, event_count, source") == [
        ("bob", 2, "google"),
        ("dora", 1, "(direct)"),
    ]
    pairs = "select anonymous_id, user_id from aliasing.known_pairs order by 1"
    assert values(warehouse, pairs) == [("tablet", "bob"), ("watch", "carl")]
    assert mentions(warehouse, "kiosk") == {}
    # a first build by months keeps to the list as well
    before = warehouse.snapshot()
    for schema in READABLE_SCHEMAS:
        warehouse.execute(f"drop schema {schema} cascade")
    warehouse.nightly(by_month_from_bytes=0)
    assert warehouse.snapshot() == before
    assert accounts(warehouse) == {
        "pages": (4, 2, 0, 0, 0, 2),
        "tracks": (2, 1, 0, 0, 0, 1),
        "identifies": (2, 1, 0, 0, 0, 1),
    }


@pytest.mark.long
def test_what_was_detached_left_over_or_logged_is_looked_through_too(
    warehouse: Warehouse,
) -> None:
    family(warehouse)
    warehouse.execute(
        "alter table partitioning.app_tracks detach partition partitioning.app_tracks_2024_03;"
        " alter table partitioning.app_tracks_2024_03 rename to app_tracks_2024_03_detached;"
        " create table sessions.attribution__dbt_backup as select * from sessions.attribution;"
        " update ops.steps set error = 'Key (alias_id)=(ann) is there' where step_number = 1;"
        " update ops.steps set error = 'Key (alias_id)=(ann_9) is there' where step_number = 2"
    )
    with warehouse.in_environment():
        project = warehouse.workplace.project
        person = look(["ann"], False, {}, project)
        # the rows go even where the models may not follow
        with pytest.raises(RebuildNeeded, match="the rows are removed and the ids blocked"):
            forget(["ann"], variables={"own_domains": ["pay.test"]}, project=project)
    assert person.rows["partitioning.app_tracks_2024_03_detached"] == 3
    assert person.rows["sessions.attribution__dbt_backup"] == 1
    # but for the link of the id that others share; the same command again does the rest
    assert mentions(warehouse, "ann", "first", "second", "phone") == {"aliasing.identity_map": 1}
    assert not any(run(warehouse, "ann").rows.values())
    assert mentions(warehouse, "ann", "first", "second", "phone") == {}
    assert mentions(warehouse, "ann_9") == {"ops.steps": 1}


def killed_while_waiting(warehouse: Warehouse, rows: str, application: str) -> None:
    """Let `forget ann` run until it waits for rows that another session holds; kill it there."""
    with closing(connect(warehouse.server, warehouse.database)) as other, other.cursor() as cursor:
        other.autocommit = False
        cursor.execute(f"select 1 from {rows} for update")
        assert cursor.rowcount > 0
        process = warehouse.start("forget", "ann", "--yes")
        waiting = (
            "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
            f" and application_name = '{application}'"
        )
        try:
            assert eventually(
                lambda: bool(warehouse.rows(waiting)) or process.poll() is not None, 90
            )
            assert process.poll() is None, process.communicate()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        ours = "select 1 from pg_stat_activity where application_name like 'segment_attribution%%'"
        assert eventually(lambda: not warehouse.rows(ours, ()))
        other.rollback()


@pytest.mark.long
def test_killed_before_its_transaction_ends_nothing_has_happened_and_after_it_all_will(
    warehouse: Warehouse,
) -> None:
    family(warehouse)
    before = warehouse.snapshot()
    killed_while_waiting(
        warehouse, "sessions.useful_sessions where alias_id = 'ann'", "segment_attribution runner"
    )
    assert warehouse.snapshot() == before
    assert warehouse.rows("privacy.forgotten_ids") == []
    killed_while_waiting(
        warehouse, "sessions.attribution where alias_id = 'bob'", "segment_attribution dbt"
    )
    left = mentions(warehouse, "ann", "first", "second", "phone")
    assert set(left) <= {"sessions_stages.touched_aliases", "sessions_stages.map_changes"}
    assert len(warehouse.rows("privacy.forgotten_ids")) == 4
    warehouse.nightly()
    assert sessions(warehouse, "alias_id, event_count") == [("bob", 4), ("carl", 1)]
    assert values(warehouse, "select alias_id from sessions.attribution order by 1") == [
        ("bob",),
        ("carl",),
    ]
    assert mentions(warehouse, "ann", "first", "second", "phone") == {}


@pytest.mark.long
def test_a_run_that_was_cut_short_is_ended_first(warehouse: Warehouse) -> None:
    """A link that was read, and not yet taken in, tells which ids go along."""
    family(warehouse)
    arrive(warehouse, "tracks", [row(at(9), anonymous_id="laptop", user_id="ann", event="x")])
    warehouse.dbt(["run", "--select", "arrived_events", "touched_links", "touched_identities"])
    warehouse.dbt(["run", "--select", "app_tracks"])
    assert "laptop" in run(warehouse, "ann").ids
    assert mentions(warehouse, "ann", "laptop") == {}


@pytest.mark.long
def test_the_command_asks_says_what_it_did_and_deletes_from_the_source_if_told_to(
    warehouse: Warehouse,
) -> None:
    family(warehouse)
    warehouse.execute(
        "create table segment.users (id text, email text);"
        " insert into segment.users values ('ann', 'ann@shop.test'), ('bob', 'bob@shop.test');"
        " create table segment.signed_up as select id, user_id, received_at from segment.tracks;"
        " create view segment.users_view as select * from segment.users"
    )
    before = warehouse.snapshot()
    refused = invoke(warehouse, "forget", "ann")
    assert (refused.exit_code, "add --yes or --dry-run" in refused.stderr) == (2, True)
    for words in (["  "], ["NULL"], [], ["0"]):
        told = invoke(warehouse, "forget", *words, "--yes")
        assert told.exit_code == 2
        assert told.stderr.startswith("error: forget: ") and told.stderr.count("\n") == 1
    shown = invoke(warehouse, "forget", "ann", "--source", "--dry-run")
    assert shown.exit_code == 0, shown.stderr
    lines = [line.split() for line in shown.stdout.splitlines()]
    for table, number in {
        "partitioning.app_tracks": 4, "sessions.all_sessions": 2, "segment.tracks": 3,
        "segment.pages": 2, "segment.aliases": 2, "segment.users": 1, "segment.signed_up": 3,
    }.items():  # fmt: skip
        assert [table, str(number)] in lines
    assert "leaving: ann, first, phone, second" in shown.stdout
    assert "family" in shown.stdout
    assert warehouse.snapshot() == before
    lock = RunLock()
    with warehouse.in_environment():
        lock.take()
        with lock, pytest.raises(AnotherRun):
            forget(["ann"], project=warehouse.workplace.project)
    assert warehouse.snapshot() == before
    done = invoke(warehouse, "forget", "ann", "--source", "--yes", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["ids"] == ["ann", "first", "phone", "second"]
    assert told["source_rows"] == {
        "segment.aliases": 2, "segment.identifies": 0, "segment.pages": 2, "segment.screens": 0,
        "segment.signed_up": 3, "segment.tracks": 3, "segment.users": 1,
    }  # fmt: skip
    assert values(warehouse, "select id from segment.users") == [("bob",)]
    assert values(warehouse, "select count(*) from segment.tracks") == [(3,)]
    assert mentions(warehouse, "ann", "first", "second", "phone") == {}
    commands = values(warehouse, "select command from ops.runs order by started_at")
    assert commands[-1] == ('{"forget": 1, "source": true}',)
    warehouse.nightly()
    assert sum(one[-1] for one in accounts(warehouse).values()) == 0
    again = invoke(warehouse, "forget", "nobody", "--dry-run")
    assert "no table holds a row of theirs" in again.stdout


def test_there_must_be_tables(warehouse: Warehouse) -> None:
    with warehouse.in_environment(), pytest.raises(ForgetError, match="run once: python -m runner"):
        look(["ann"], False, {}, warehouse.workplace.project)
