"""A run whose backend, server or own process dies, in each of its steps: the next one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from runner.cli import main
from runner.project import PROJECT_DIR, Project
from runner.reindex import due_indexes
from runner.runlock import INTERVAL
from tests.support.runs import (
    SESSIONS,
    attempts,
    backends,
    built_with_a_day,
    is_waiting,
    last_run,
    locked,
    terminate,
    wait_for,
)
from tests.support.servers import connect
from tests.support.warehouse import Warehouse


@pytest.fixture
def built(warehouse: Warehouse) -> Warehouse:
    """A warehouse with one day taken in and a second one waiting."""
    return built_with_a_day(warehouse)


def test_a_crash_of_the_server_is_waited_out(built: Warehouse) -> None:
    """A backend that is killed takes all sessions with it, those of the lock and the log too."""
    crashed: list[int] = []

    def crash() -> None:
        with closing(connect(built.server, built.database)) as other, other.cursor() as cursor:

            def is_found() -> bool:
                cursor.execute(
                    "select pid from pg_stat_activity where state <> 'idle' and"
                    " application_name = 'segment_attribution dbt' and query like '%__dbt_tmp%'"
                )
                crashed.extend(row[0] for row in cursor.fetchall()[:1])
                return bool(crashed)

            wait_for(is_found, "a model runs")
            os.kill(crashed[0], signal.SIGKILL)

    crashing = threading.Thread(target=crash)
    crashing.start()
    built.nightly(retry_for=timedelta(minutes=2))
    crashing.join()
    assert crashed
    with closing(connect(built.server, built.database)) as after, after.cursor() as cursor:
        cursor.execute(SESSIONS)
        assert cursor.fetchone() == (6,)
        cursor.execute("select status from ops.runs order by started_at desc limit 1")
        assert cursor.fetchone() == ("done",)
        cursor.execute("select count(*) from ops.steps where outcome in ('stopped', 'tried again')")
        assert cursor.fetchone()[0] >= 1


def test_commits_that_a_crash_took_back_are_made_again(
    built: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With synchronous_commit off a crash loses the last ones: here, all since the night began."""
    keep_in_memory = {"wal_writer_delay": "'10s'", "wal_writer_flush_after": "'1GB'"}
    for name, value in keep_in_memory.items():
        built.execute(f"alter system set {name} = {value}")
    built.execute("select pg_reload_conf()")

    def crash() -> None:
        def is_time() -> bool:
            return built.rows(SESSIONS) == [{"count": 6}] and is_waiting(look)

        wait_for(is_time, "a model waits, others are committed")
        killed.append(backends(built, "segment_attribution dbt")[0])
        os.kill(killed[0], signal.SIGKILL)

    killed: list[int] = []
    monkeypatch.setattr(LOOKS, see_no_locks)
    try:
        with (
            locked(built, "lock table sessions.attribution in share mode"),
            closing(connect(built.server, built.database)) as look,
        ):
            crashing = threading.Thread(target=crash)
            crashing.start()
            built.nightly(retry_for=timedelta(minutes=2))
            crashing.join()
    finally:
        built.connection = connect(built.server, built.database)
        for name in keep_in_memory:
            built.execute(f"alter system reset {name}")
        built.execute("select pg_reload_conf()")
    assert killed
    told = [row["outcome"] for row in attempts(built, "models")]
    assert told[0] in ("tried again", "stopped") and told[-1] == "done"
    assert last_run(built)["status"] == "done"
    by_nights = built.snapshot()
    assert len(by_nights["sessions.all_sessions"]) == 6
    built.rebuild()
    assert built.snapshot() == by_nights


def test_a_terminated_backend_is_tried_again(built: Warehouse) -> None:
    killed: list[int] = []
    killer = threading.Thread(target=_terminate_dbt, args=(built, killed))
    killer.start()
    built.nightly(retry_for=timedelta(minutes=1))
    killer.join()
    assert killed
    told = attempts(built, "models")
    assert told[0]["outcome"] == "tried again"
    assert told[0]["sqlstate"] in ("57P01", "08006")
    assert told[-1]["outcome"] == "done"
    assert built.rows(SESSIONS) == [{"count": 6}]


def _terminate_dbt(warehouse: Warehouse, killed: list[int]) -> None:
    with closing(connect(warehouse.server, warehouse.database)) as other, other.cursor() as cursor:

        def is_killed() -> bool:
            cursor.execute(
                "select pg_terminate_backend(pid), pid from pg_stat_activity where"
                " application_name = 'segment_attribution dbt' and query like '%%__dbt_tmp%%'"
                " and state <> 'idle' limit 1"
            )
            killed.extend(row[1] for row in cursor.fetchall())
            return bool(killed)

        wait_for(is_killed, "a model runs")


@dataclass(frozen=True)
class Hold:
    """What stops a run in a step.

    Attributes:
        lock: what another session does to hold the run up.
        premake: months ahead that let the run get there.
        is_dbts: it is a session of dbt's that waits.
        before: done first.
    """

    lock: str
    premake: int = 3
    is_dbts: bool = False
    before: str = "select 1"


HOLDS = {
    "locks": Hold("lock table sessions.all_sessions in exclusive mode"),
    "source columns": Hold(
        "lock table partitioning.source_columns in access exclusive mode", is_dbts=True
    ),
    "months": Hold("lock table partitioning.app_tracks in share update exclusive mode", premake=5),
    "models": Hold("lock table sessions.attribution in share mode", is_dbts=True),
    # a table with the name of a month, into which the check looks
    "verify": Hold(
        "lock table sessions.all_sessions_2019_01 in access exclusive mode",
        before="create table sessions.all_sessions_2019_01 (like sessions.all_sessions)",
    ),
    "reindex": Hold("lock table sessions.attribution in share update exclusive mode"),
    # statistics are to be gathered again
    "analyze": Hold(
        "lock table sessions.attribution in share update exclusive mode",
        before="select pg_stat_reset_single_table_counters('sessions.attribution'::regclass)",
    ),
}
LOOKS = "runner.locks.wait_until_free"
DUE = "runner.reindex.due_indexes"


def see_no_locks(*_: object) -> list[Any]:
    """For a run that does not look before it begins."""
    return []


def all_of_attribution(connection: Any, schemas: list[str]) -> list[Any]:
    """Indexes that are too small to be due."""
    return due_indexes(connection, schemas, tables=["attribution"])


def arrange(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Let a run get as far as this step."""
    if step != "locks":
        monkeypatch.setattr(LOOKS, see_no_locks)
    monkeypatch.setattr(DUE, all_of_attribution if step == "reindex" else see_no_locks)


def is_held(warehouse: Warehouse, step: str) -> bool:
    """Whether the run is held up in this step."""
    with closing(connect(warehouse.server, warehouse.database)) as look, look.cursor() as cursor:
        cursor.execute(
            "select 1 from ops.steps where step_name = %s and outcome = 'running'", (step,)
        )
        return cursor.fetchone() is not None and (step == "locks" or is_waiting(look))


def night_in_a_child(step: str) -> None:
    """The command as a user starts it, but that it gets as far as this step."""
    with pytest.MonkeyPatch.context() as patch:
        arrange(patch, step)
        main(["nightly", f"--premake={HOLDS[step].premake}"])


def sample(*steps: str, but: str = "") -> list[Any]:
    """All steps but one, those that are not named only in a long run."""
    return [
        step if step in steps else pytest.param(step, marks=pytest.mark.long)
        for step in HOLDS
        if step != but
    ]


@pytest.mark.parametrize("step", sample("models"))
def test_kill_9_leaves_no_backend_and_the_next_run_goes_on(built: Warehouse, step: str) -> None:
    hold = HOLDS[step]
    built.execute(hold.before)
    with locked(built, hold.lock):
        process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import *; night_in_a_child({step!r})"],
            cwd=PROJECT_DIR,
            env=built.environment(),
            start_new_session=True,
        )
        try:
            wait_for(lambda: is_held(built, step), f"{step} is held up")
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        killed_at = time.monotonic()
        wait_for(lambda: not backends(built, "segment_attribution%"), "the backends are gone")
        assert time.monotonic() - killed_at < 2.5
    assert attempts(built, step)[-1]["outcome"] == "running"
    built.nightly()
    runs = built.rows("select status from ops.runs order by started_at")
    assert [row["status"] for row in runs[-2:]] == ["died", "done"]
    assert built.rows(SESSIONS) == [{"count": 6}]


@pytest.mark.parametrize("step", sample(but="models"))
def test_a_terminated_backend_is_tried_again_in_its_step(
    built: Warehouse, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrange(monkeypatch, step)
    hold = HOLDS[step]
    built.execute(hold.before)
    name = "dbt" if hold.is_dbts else "runner"
    doing = "query like '%%pg_locks%%'" if step == "locks" else "wait_event_type = 'Lock'"
    with locked(built, hold.lock) as other:

        def kill() -> None:
            wait_for(lambda: is_held(built, step), f"{step} is held up")
            terminate(built, f"{doing} and application_name = 'segment_attribution {name}'")
            other.rollback()

        killing = threading.Thread(target=kill)
        killing.start()
        built.nightly(premake=hold.premake, retry_for=timedelta(minutes=1))
        killing.join()
    assert [row["outcome"] for row in attempts(built, step)] == ["tried again", "done"]
    assert attempts(built, step)[0]["sqlstate"] in ("57P01", "08006")
    assert built.rows(SESSIONS) == [{"count": 6}]


def test_who_loses_the_lock_looks_again_and_builds_nothing_anew_twice(
    built: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = "verify"
    arrange(monkeypatch, step)
    built.execute(HOLDS[step].before)
    commands: list[list[str]] = []
    invoke = Project.invoke

    def told(self: Project, arguments: list[str], *rest: Any) -> Any:
        commands.append(arguments)
        return invoke(self, arguments, *rest)

    monkeypatch.setattr(Project, "invoke", told)
    with locked(built, HOLDS[step].lock) as other:

        def lose() -> None:
            wait_for(lambda: is_held(built, step), f"{step} is held up")
            terminate(
                built,
                "pid in (select pid from pg_locks where locktype = 'advisory' and granted)"
                " and application_name like 'segment_attribution run %%'",
            )
            # it is looked after that often, and must be missed while the run still goes on
            time.sleep(2 * INTERVAL)
            other.rollback()

        losing = threading.Thread(target=lose)
        losing.start()
        built.nightly(full_refresh=True, retry_for=timedelta(minutes=1))
        losing.join()
    assert [row["outcome"] for row in attempts(built, "models")] == ["done", "done"]
    builds = [command for command in commands if command[0] == "build"]
    assert ["--full-refresh" in command for command in builds] == [True, False]
    assert last_run(built)["status"] == "done"


@pytest.mark.parametrize(
    ("number", "code"),
    [pytest.param(signal.SIGINT, 130, marks=pytest.mark.long), (signal.SIGTERM, 143)],
)
def test_a_signal_stops_cleanly(built: Warehouse, number: int, code: int) -> None:
    with locked(built, "select 1") as other:
        process = built.start("nightly")
        try:
            wait_for(lambda: backends(built, "segment_attribution dbt") != [], "dbt begins")
            with other.cursor() as cursor:
                cursor.execute("lock table sessions.attribution in share mode")
            wait_for(lambda: is_waiting(built.connection), "a model waits for its lock")
            os.kill(process.pid, number)
            _, told = process.communicate(timeout=20)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        wait_for(lambda: not backends(built, "segment_attribution%"), "the backends are gone")
    assert process.returncode == code
    assert "Traceback" not in told
    run = last_run(built)
    assert (run["status"], run["exit_code"]) == ("stopped", code)
    built.nightly(resume=True)
    assert [row["outcome"] for row in attempts(built, "months")] == ["skipped"]
    assert built.rows(SESSIONS) == [{"count": 6}]
