"""The roles of docs/security.md, with passwords: each does its work, and cannot do more."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.errors
import pytest
from psycopg2 import sql

from runner.embedded import EmbeddedServer
from tests.support.roles import (
    PASSWORDS,
    WRITER,
    add_source_tables,
    asking_server,
    call,
    connected,
    error_of,
    prepare,
)
from tests.support.servers import connect
from tests.support.waiting import eventually
from tests.support.warehouse import READABLE_SCHEMAS, Row, Warehouse, Workplace

DATABASE = "warehouse"
NOW = datetime.now(UTC)
TABLES = (
    "select nspname, relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace"
    " where nspname = any(%s) and relkind in ('r', 'p')"
)


@pytest.fixture(scope="module")
def asking() -> Iterator[EmbeddedServer]:
    """A server that asks for passwords."""
    with asking_server() as server:
        with closing(connect(server)) as connection, connection.cursor() as cursor:
            cursor.execute(f"create database {DATABASE}")
        yield server


@pytest.fixture(scope="module")
def guarded(
    asking: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """The warehouse after the SQL of docs/security.md and the first nightly."""
    workplace = Workplace(tmp_path_factory.mktemp("dbt"))
    with closing(Warehouse(asking, DATABASE, workplace)) as warehouse:
        prepare(warehouse)
        warehouse.insert("segment", "tracks", visits(1))
        well(warehouse, "attribution", "nightly", "--json")
        yield warehouse


def visits(months_ago: int) -> list[Row]:
    """A visit and a signup in the middle of a month, that have just arrived."""
    moment = (NOW.replace(day=15) - timedelta(days=30.4 * months_ago)).replace(microsecond=0)
    moment = min(moment, NOW - timedelta(hours=1))
    return [
        {
            "id": f"{months_ago}-{number}",
            "anonymous_id": f"a{months_ago}",
            "user_id": f"u{months_ago}" if number else None,
            "event": "signed_up" if number else "page_viewed",
            "timestamp": moment + timedelta(minutes=number),
            "received_at": NOW - timedelta(minutes=10),
        }
        for number in range(2)
    ]


def well(warehouse: Warehouse, role: str, *arguments: object) -> Any:
    """A command that ends well; what it prints with --json, or its lines."""
    result = call(warehouse, role, *arguments)
    assert result.exit_code == 0, (arguments, result.stderr, result.exception)
    assert not [one for one in PASSWORDS.values() if len(one) > 4 and one in result.output]
    return json.loads(result.stdout) if "--json" in arguments else result.stdout


def read_everything(warehouse: Warehouse) -> int:
    """Let the BI tool read every table and every month; how many there were."""
    tables = warehouse.rows(TABLES, (list(READABLE_SCHEMAS),))
    with connected(warehouse, "looker") as connection, connection.cursor() as cursor:
        for table in tables:
            name = sql.Identifier(table["nspname"], table["relname"])
            cursor.execute(sql.SQL("select count(*) from {}").format(name))
    return len(tables)


class Reader:
    """The BI tool, reading tables again and again; what it was refused."""

    def __init__(self, warehouse: Warehouse, *tables: str) -> None:
        self.refused: list[str] = []
        self.count = 0
        self._warehouse, self._tables = warehouse, tables
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Reader:
        self._thread.start()
        assert eventually(lambda: self.count > 0)
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join(60)

    def _read(self) -> None:
        with connected(self._warehouse, "looker") as connection, connection.cursor() as cursor:
            while not self._ended.wait(0.005):
                for table in self._tables:
                    try:
                        cursor.execute(f"select * from {table}")
                    except psycopg2.errors.InsufficientPrivilege as error:
                        self.refused.append(str(error))
                    except psycopg2.errors.UndefinedTable:
                        # how a table is swapped is tested elsewhere
                        pass
                    self.count += 1


def test_the_owner_runs_everything_and_the_reader_reads_all_of_it_at_any_time(
    guarded: Warehouse,
) -> None:
    may = guarded.rows(
        "select rolsuper or rolcreatedb or rolcreaterole as is_mighty,"
        " has_database_privilege('attribution', current_database(), 'create') as may_create"
        " from pg_roles where rolname = 'attribution'"
    )
    assert may == [{"is_mighty": False, "may_create": False}]
    first = read_everything(guarded)
    guarded.insert("segment", "tracks", visits(3))
    add_source_tables(guarded, "pages")
    watched = ("sessions.attribution", "sessions.all_sessions", "partitioning.app_tracks")
    with Reader(guarded, *watched) as reader:
        well(guarded, "attribution", "nightly", "--json", "--reindex-minutes", "1")
        assert read_everything(guarded) > first
        well(guarded, "attribution", "nightly", "--json", "--full-refresh", "--yes")
        read_everything(guarded)
        timeout = '{"session_timeout_minutes": 1}'
        well(guarded, "attribution", "nightly", "--json", "--vars", timeout)
        read_everything(guarded)
    assert reader.refused == []
    assert reader.count > 100
    well(guarded, "attribution", "rollover", "--premake", "5", "--json")
    assert read_everything(guarded) > first
    well(guarded, "attribution", "rollover", "--retain", "2", "--json")
    well(guarded, "attribution", "reindex", "--table", "attribution", "--json")
    well(guarded, "attribution", "check", "--fix", "--json")
    well(guarded, "attribution", "locks", "--wait", "1")
    guarded.execute("grant delete on segment.pages to attribution")
    told = well(
        guarded, "attribution", "forget", "u1", "--yes", "--json", "--source", "--vars", timeout
    )
    assert told["ids"] == ["u1", "a1"]
    assert told["source_rows"]["segment.tracks"] == 2
    read_everything(guarded)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from segment.tracks",
        "insert into segment.tracks (id) values ('x')",
        "select * from privacy.forgotten_ids",
        "select * from privacy.forgotten_salt",
        "delete from sessions.attribution",
        "update sessions.all_sessions set alias_id = 'x'",
        "insert into ops.runs (run_id) values ('x')",
        "truncate partitioning.app_tracks",
        "drop table aliasing.known_pairs",
        "create table sessions.mine (a int)",
        "alter default privileges for role attribution grant all on tables to looker",
        "set role attribution",
    ],
)
def test_the_reader_can_do_nothing_else(guarded: Warehouse, statement: str) -> None:
    with (
        connected(guarded, "looker") as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        cursor.execute(statement)


def test_those_on_call_see_and_end_what_others_run_and_read_nothing(guarded: Warehouse) -> None:
    query = "select pg_sleep(60), 'password=swordfish'"
    with connected(guarded, "looker") as reader, reader.cursor() as cursor:
        pid = reader.info.backend_pid

        def read() -> None:
            with suppress(psycopg2.Error):
                cursor.execute(query)

        reading = threading.Thread(target=read, daemon=True)
        reading.start()
        try:
            seen = "select 1 from pg_stat_activity where pid = %s and state = 'active'"
            assert eventually(lambda: bool(guarded.rows(seen, (pid,))))
            look_and_cancel(guarded, pid)
        finally:
            guarded.execute("select pg_terminate_backend(%s)", (pid,))
            reading.join(20)
    with connected(guarded, "oncall") as connection, connection.cursor() as cursor:
        for table in ("segment.tracks", "sessions.attribution", "privacy.forgotten_salt"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"select * from {table}")


def look_and_cancel(warehouse: Warehouse, pid: int) -> None:
    """What those on call, and others, see of a session; then its query is cancelled."""
    listed = {one["pid"]: one["query"] for one in well(warehouse, "oncall", "ps", "--json")}
    assert listed[pid] == "select pg_sleep(60), 'password=***'"
    assert "password=***" in well(warehouse, "looker", "ps")
    hidden = well(warehouse, WRITER, "ps")
    assert f"to see those of every role: grant pg_read_all_stats to {WRITER}\n" in hidden
    assert "password" not in hidden
    shown = well(warehouse, "oncall", "show", pid)
    assert "looker" in shown and "swordfish" not in shown
    assert well(warehouse, "oncall", "locks").strip() == "nobody waits for a lock"
    assert call(warehouse, "oncall", "rm", "swordfish", "--yes").exit_code == 1
    done = well(warehouse, "oncall", "rm", pid, "--yes", "--json")
    assert [one["verdict"] for one in done] == ["cancelled"]


def test_a_wrong_password_is_one_line_without_it(guarded: Warehouse) -> None:
    for command in (("ps",), ("check",), ("nightly",), ("forget", "x", "--yes")):
        result = call(guarded, "attribution", *command, PGPASSWORD="correct horse battery")
        assert result.exit_code == 1, command
        assert error_of(result).startswith("error: ")
        assert 'password authentication failed for user "attribution"' in result.stderr
        assert "horse" not in result.output


def test_a_profile_that_cannot_be_read_is_named_without_its_lines(
    guarded: Warehouse, tmp_path: Path
) -> None:
    example = (guarded.workplace.profiles / "profiles.yml").read_text("utf-8")
    for broken in (
        'password: "hunter2',
        "password: hunter2: {",
        "password: hunter2\n     x: [hunter2",
    ):
        place = "password: \"{{ env_var('PGPASSWORD', '') }}\""
        assert place in example
        (tmp_path / "profiles.yml").write_text(example.replace(place, broken), "utf-8")
        for command in (("check",), ("nightly",)):
            result = call(guarded, "attribution", *command, DBT_PROFILES_DIR=str(tmp_path))
            assert result.exit_code == 2, result.output
            assert error_of(result).startswith("error: ")
            assert "hunter2" not in result.output
            assert "hunter2" not in str(guarded.rows("ops.runs"))


def test_a_source_that_may_not_be_deleted_from_is_named_and_nothing_happens(
    guarded: Warehouse,
) -> None:
    guarded.execute("revoke delete on segment.tracks from attribution")
    before = guarded.rows("select count(*) from privacy.forgotten_ids")
    for extra in ("--dry-run", "--yes"):
        result = call(guarded, "attribution", "forget", "u3", "--source", extra)
        assert result.exit_code == 2
        assert result.stderr == (
            "error: forget: role attribution may not delete from segment.tracks: grant it select "
            "and delete on the table, or leave --source out\n"
        )
    assert guarded.rows("select count(*) from privacy.forgotten_ids") == before
    guarded.execute("grant delete on segment.tracks to attribution")
