"""A server that fails: a clear line, an exit code, nothing lost, and the next run mends it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from runner.embedded import EmbeddedServer
from runner.embedded_settings import TEST_SETTINGS
from runner.errors import RunnerError
from tests.support.runs import SESSIONS, built_with_a_day, last_run, rows_of_day, wait_for
from tests.support.servers import connect
from tests.support.warehouse import Warehouse, Workplace

AT_ONCE = timedelta(0)
A_WHILE = timedelta(minutes=2)
REFUSED = "too many clients already"


@pytest.fixture
def built(warehouse: Warehouse) -> Warehouse:
    """A warehouse with one day taken in and a second one waiting."""
    return built_with_a_day(warehouse)


@contextlib.contextmanager
def own_warehouse(
    folder: Path, workplace: Workplace, settings: Mapping[str, str], tablespace: Path | None = None
) -> Iterator[Warehouse]:
    """The same on a server of its own, that may fail as a whole."""
    with EmbeddedServer(settings={**TEST_SETTINGS, **settings}) as server:
        with closing(connect(server)) as connection, connection.cursor() as cursor:
            place = ""
            if tablespace is not None:
                if server.account:
                    os.chown(tablespace, server.account.uid, server.account.gid)
                cursor.execute(f"create tablespace small location '{tablespace}'")
                place = " tablespace small"
            cursor.execute(f"create database warehouse{place}")
        with closing(Warehouse(server, "warehouse", workplace)) as warehouse:
            warehouse.create_source()
            warehouse.insert("segment", "tracks", rows_of_day(0))
            warehouse.nightly()
            warehouse.insert("segment", "tracks", rows_of_day(1))
            yield warehouse


def fails(warehouse: Warehouse, **options: Any) -> RunnerError:
    """The error of a run that does not try again; one line, and all rows are as they were."""
    before = warehouse.snapshot()
    with pytest.raises(RunnerError) as told:
        warehouse.nightly(**{"retry_for": AT_ONCE, **options})
    assert "\n" not in str(told.value)
    assert warehouse.snapshot() == before
    return told.value


def ends_well(warehouse: Warehouse, **options: Any) -> None:
    """A run takes the second day in, and each row is accounted for."""
    warehouse.nightly(**options)
    assert warehouse.rows(SESSIONS) == [{"count": 6}]
    assert last_run(warehouse)["status"] == "done"


@contextlib.contextmanager
def meanwhile(action: Callable[[], None]) -> Iterator[None]:
    """Do this in a thread, and let its error be that of the test."""
    errors: list[BaseException] = []

    def do() -> None:
        try:
            action()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=do)
    thread.start()
    yield
    thread.join(60)
    assert errors == [] and not thread.is_alive()


def told_by_server(warehouse: Warehouse, text: str) -> int:
    """How often the server's log says so."""
    return warehouse.server.log.read_text("utf-8", "replace").count(text)


# -- a full disk -----------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of 64 MB; only root can make one."""
    folder = Path("/var/tmp") / f"small-{os.getpid()}"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=0711", "tmpfs", str(folder)]
    try:
        if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
            pytest.skip("only root can mount a small file system")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    finally:
        folder.rmdir()


@pytest.mark.long
def test_a_full_disk(small_disk: Path, workplace: Workplace, tmp_path: Path) -> None:
    tables, ballast = small_disk / "tables", small_disk / "ballast"
    tables.mkdir()
    with own_warehouse(tmp_path, workplace, {}, tables) as warehouse:
        # a batch that has no room on what is left
        warehouse.insert("segment", "tracks", wide_rows(300))
        fill(ballast, leave=300_000)
        error = fails(warehouse)
        assert error.exit_code == 1 and error.sqlstate == "53100"
        assert "No space left on device" in str(error) and "make room" in str(error)
        assert last_run(warehouse)["exit_code"] == 1

        def make_room() -> None:
            wait_for(lambda: told_by_server(warehouse, "No space left") >= seen + 1, "it is full")
            ballast.unlink()

        seen = told_by_server(warehouse, "No space left")
        with meanwhile(make_room):
            warehouse.nightly(retry_for=A_WHILE)
        assert warehouse.rows(SESSIONS) == [{"count": 6 + 300}]


def wide_rows(count: int) -> list[dict[str, Any]]:
    """Page views with long URLs, each of somebody else, that do not compress well."""
    (row, *_) = rows_of_day(2, people=1)
    noise = os.urandom(2000).hex()
    return [
        {
            **row,
            "id": f"wide-{number}",
            "anonymous_id": f"w{number}",
            "context_page_url": f"https://shop.test/{number}/{noise[number:]}",
        }
        for number in range(count)
    ]


def fill(ballast: Path, leave: int) -> None:
    """Take all room of a file system but so many bytes."""
    free = os.statvfs(ballast.parent)
    ballast.write_bytes(b"\0" * (free.f_bavail * free.f_bsize - leave))


def test_no_room_for_temporary_files(built: Warehouse) -> None:
    built.execute("alter database warehouse set temp_file_limit = '0'")
    built.execute("alter database warehouse set work_mem = '64kB'")
    built.execute("alter database warehouse set hash_mem_multiplier = 1")
    error = fails(built, variables={"session_timeout_minutes": 21}, full_refresh=True)
    assert error.exit_code == 1 and error.sqlstate == "53400"
    assert "temp_file_limit" in str(error) and "raise that limit" in str(error)
    built.execute("alter database warehouse reset temp_file_limit")
    ends_well(built)


# -- no connections left ----------------------------------------------------------------------


def occupy(warehouse: Warehouse) -> list[psycopg2.extensions.connection]:
    """Take every connection that the server has."""
    taken = []
    with contextlib.suppress(psycopg2.OperationalError):
        while True:
            taken.append(connect(warehouse.server))
    return taken


def let_go(taken: list[psycopg2.extensions.connection]) -> None:
    """Give them back."""
    while taken:
        taken.pop().close()


def let_go_once_refused(
    warehouse: Warehouse, taken: list[psycopg2.extensions.connection], before: int
) -> None:
    """Give them back when the server has refused somebody more often than before."""
    wait_for(lambda: told_by_server(warehouse, REFUSED) > before, "the run was refused one")
    let_go(taken)


def test_no_connection_is_left_at_the_start(built: Warehouse) -> None:
    taken = occupy(built)
    try:
        error = fails(built)
        assert error.exit_code == 1
        assert "too many clients" in str(error) and "PGHOST" not in str(error)
    finally:
        let_go(taken)
    ends_well(built)


def test_no_connection_is_left_in_the_middle(built: Warehouse) -> None:
    taken: list[psycopg2.extensions.connection] = []

    def take_all() -> None:
        # the first step of dbt's, which keeps the sessions it has
        query = "select 1 from ops.steps where step_name = 'source columns' and seconds is null"
        wait_for(lambda: bool(built.rows(query)), "dbt begins")
        before = told_by_server(built, REFUSED)
        taken.extend(occupy(built))
        # one refusal is ours
        let_go_once_refused(built, taken, before + 1)

    try:
        with meanwhile(take_all):
            ends_well(built, retry_for=A_WHILE)
    finally:
        let_go(taken)


def test_one_connection_is_left_for_the_lock(built: Warehouse) -> None:
    taken = occupy(built)
    taken.pop().close()
    before = told_by_server(built, REFUSED)
    try:
        # not the log alone, which can do without
        with meanwhile(lambda: let_go_once_refused(built, taken, before + 2)):
            ends_well(built, retry_for=A_WHILE)
    finally:
        let_go(taken)


# -- limits of the role ------------------------------------------------------------------------


@pytest.mark.long
def test_limits_that_a_role_has_for_its_users_do_not_stop_a_night(built: Warehouse) -> None:
    for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
        built.execute(f"alter database warehouse set {name} = '1ms'")
    ends_well(built)


def test_a_statement_timeout_that_is_meant(
    built: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Warehouse, "environment", with_options(Warehouse.environment))
    error = fails(built, retry_for=A_WHILE)
    assert error.exit_code == 1 and error.sqlstate == "57014"
    assert "statement timeout" in str(error) and "statement_timeout" in str(error)
    monkeypatch.undo()
    ends_well(built)


def with_options(environment: Callable[[Warehouse], dict[str, str]]) -> Callable[..., Any]:
    """An environment whose sessions give up statements after a few milliseconds."""
    return lambda self: {**environment(self), "PGOPTIONS": "-c statement_timeout=3ms"}


# -- a server that may not be written to, or goes away ------------------------------------------


@pytest.mark.long
def test_a_read_only_standby_that_is_promoted(workplace: Workplace, tmp_path: Path) -> None:
    settings = {"wal_level": "replica", "max_wal_senders": "4"}
    with (
        own_warehouse(tmp_path, workplace, settings) as primary,
        standby_of(primary.server, settings) as server,
        closing(Warehouse(server, "warehouse", workplace)) as warehouse,
    ):
        wait_for(
            lambda: warehouse.rows("select count(*) from segment.tracks") == [{"count": 6}],
            "the standby has caught up",
        )
        error = fails(warehouse)
        assert error.exit_code == 1 and error.sqlstate == "25006"
        assert "read-only" in str(error) and "standby" in str(error)

        def promote() -> None:
            refused = "read-only transaction"
            seen = told_by_server(warehouse, refused)
            wait_for(lambda: told_by_server(warehouse, refused) > seen, "it was refused")
            warehouse.execute("select pg_promote()")

        with meanwhile(promote):
            ends_well(warehouse, retry_for=A_WHILE)
        assert primary.rows(SESSIONS) == [{"count": 3}]


@contextlib.contextmanager
def standby_of(primary: EmbeddedServer, settings: Mapping[str, str]) -> Iterator[EmbeddedServer]:
    """A streaming standby, made as one is made."""
    server = EmbeddedServer(settings={**TEST_SETTINGS, **settings})
    who = {"user": server.account.uid, "group": server.account.gid} if server.account else {}
    server.data.mkdir(mode=0o700)
    if server.account:
        os.chown(server.data, server.account.uid, server.account.gid)
    copy = [str(primary.bin_dir / "pg_basebackup"), "--checkpoint=fast", "--write-recovery-conf"]
    copy += ["--host=127.0.0.1", f"--port={primary.port}", "--username=postgres"]
    subprocess.run([*copy, f"--pgdata={server.data}"], check=True, cwd=server.folder, **who)
    with server:
        yield server


@pytest.mark.long
def test_a_restart_of_the_server_in_the_middle(workplace: Workplace, tmp_path: Path) -> None:
    with own_warehouse(tmp_path, workplace, {}) as warehouse:
        begins = "select 1 from pg_stat_activity where query like '%\\_\\_dbt\\_tmp%'"

        def restart() -> None:
            with closing(connect(warehouse.server, "warehouse")) as other, other.cursor() as look:

                def has_begun() -> bool:
                    look.execute(begins + " and pid <> pg_backend_pid()")
                    return look.fetchone() is not None

                wait_for(has_begun, "a model runs")
            warehouse.server.restart(signal.SIGINT)

        with meanwhile(restart), pytest.raises(RunnerError) as told:
            warehouse.nightly(retry_for=AT_ONCE)
        assert told.value.exit_code == 1 and "\n" not in str(told.value)
        warehouse.connection = connect(warehouse.server, warehouse.database)
        assert warehouse.rows(SESSIONS)[0]["count"] in (3, 6)
        with meanwhile(restart):
            warehouse.nightly(retry_for=A_WHILE)
        warehouse.connection = connect(warehouse.server, warehouse.database)
        ends_well(warehouse)
