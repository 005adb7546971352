"""A run keeps its log, is alone, waits for what heals, and leaves nothing behind when it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import psycopg2.extensions
import pytest

from runner.embedded import EmbeddedServer
from runner.errors import AnotherRun, BlockedByLocks, NothingToResume
from runner.project import PROJECT_DIR
from runner.runlock import KEY, RunLock
from tests.support.servers import connect
from tests.support.warehouse import Warehouse

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
PATIENCE = 60.0
TEMPLATE = "run_template"
KEPT: set[EmbeddedServer] = set()


def rows_of_day(day: int, people: int = 3) -> list[dict[str, Any]]:
    """A page view a person and day."""
    moment = START + timedelta(days=day)
    return [
        {
            "id": f"{day}-{person}",
            "anonymous_id": f"a{person}",
            "event": "page_viewed",
            "timestamp": moment,
            "received_at": moment + timedelta(minutes=1),
            "context_page_url": "https://shop.test/",
        }
        for person in range(people)
    ]


@pytest.fixture
def built(warehouse: Warehouse) -> Warehouse:
    """A warehouse with one day taken in and a second one waiting; made once for a server."""
    if warehouse.server not in KEPT:
        warehouse.create_source()
        warehouse.insert("segment", "tracks", rows_of_day(0))
        warehouse.nightly()
        warehouse.insert("segment", "tracks", rows_of_day(1))
        warehouse.keep_as(TEMPLATE)
        KEPT.add(warehouse.server)
    else:
        warehouse.start_from(TEMPLATE)
    return warehouse


def attempts(warehouse: Warehouse, step: str) -> list[dict[str, Any]]:
    """The attempts of a step of the last run, in order."""
    return warehouse.rows(
        "select * from ops.steps where step_name = %s and run_id ="
        " (select run_id from ops.runs order by started_at desc limit 1) order by step_number",
        (step,),
    )


def last_run(warehouse: Warehouse) -> dict[str, Any]:
    """The last run."""
    return warehouse.rows("select * from ops.runs order by started_at desc limit 1")[0]


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Poll until it holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"not within {PATIENCE:.0f} s: {what}"
        time.sleep(0.05)


def backends(warehouse: Warehouse, pattern: str) -> list[int]:
    """Sessions on the warehouse's database whose application name is like this."""
    found = warehouse.rows(
        "select pid from pg_stat_activity where datname = current_database()"
        " and application_name like %s",
        (pattern,),
    )
    return [row["pid"] for row in found]


@contextmanager
def locked(warehouse: Warehouse, statement: str) -> Iterator[psycopg2.extensions.connection]:
    """Another session with a transaction open that has run this."""
    with closing(connect(warehouse.server, warehouse.database)) as other:
        other.autocommit = False
        with other.cursor() as cursor:
            cursor.execute(statement)
        yield other
        other.rollback()


def start(warehouse: Warehouse, *options: str) -> subprocess.Popen[str]:
    """The nightly as a user starts it, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "runner", "nightly", *options],
        cwd=PROJECT_DIR,
        env=warehouse.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_run_and_its_steps_are_kept(built: Warehouse) -> None:
    built.nightly({"own_domains": ["shop.test"]})
    run = last_run(built)
    assert (run["status"], run["exit_code"], run["error"]) == ("done", 0, None)
    assert (run["rows_read"], run["rows_kept"], run["rows_rejected"]) == (6, 3, 0)
    assert run["finished_at"] > run["started_at"]
    assert run["process_id"] == os.getpid()
    steps = built.rows(
        "select * from ops.steps where run_id = %s order by step_number", (run["run_id"],)
    )
    assert [row["step_name"] for row in steps] == [
        *("locks", "months", "models", "months ahead", "verify", "reindex", "analyze")
    ]
    assert {row["outcome"] for row in steps} == {"done"}
    assert all(row["seconds"] >= 0 for row in steps)
    prints = built.rows("select distinct settings_fingerprint from ops.runs")
    assert len(prints) == 2


def test_a_full_refresh_keeps_the_log(built: Warehouse) -> None:
    built.nightly(full_refresh=True)
    assert built.rows("select count(*) from ops.runs") == [{"count": 2}]


def test_a_second_run_says_who_runs(built: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in built.environment().items():
        monkeypatch.setenv(name, value)
    lock = RunLock()
    lock.take()
    with lock:
        with pytest.raises(AnotherRun) as caught:
            built.nightly()
        second = start(built)
        _, told = second.communicate(timeout=PATIENCE)
    assert caught.value.exit_code == second.returncode == 3
    assert f"segment_attribution run {os.uname().nodename[:24]} {os.getpid()}" in told
    assert "since 20" in told
    assert "Traceback" not in told
    built.nightly()


def test_a_lost_lock_ends_what_is_under_way_and_is_taken_again(built: Warehouse) -> None:
    with locked(built, "lock table sessions.all_sessions in exclusive mode") as blocker:

        def lose() -> None:
            terminate(
                built,
                "application_name like 'segment_attribution run %%' and pid in"
                " (select pid from pg_locks where locktype = 'advisory' and granted)",
            )
            wait_for(lambda: len(attempts_by_others(built)) == 1, "the attempt is ended")
            blocker.rollback()

        losing = threading.Thread(target=lose)
        losing.start()
        built.nightly(block_wait=timedelta(minutes=5))
        losing.join()
    assert [row["outcome"] for row in attempts(built, "locks")] == ["stopped", "done"]
    assert last_run(built)["status"] == "done"
    assert built.rows("select count(*) from sessions.all_sessions") == [{"count": 6}]


def test_a_lock_that_another_run_took_meanwhile_ends_the_run(built: Warehouse) -> None:
    with (
        locked(built, "lock table sessions.all_sessions in exclusive mode"),
        closing(connect(built.server, built.database)) as thief,
    ):

        def steal() -> None:
            holders = (
                "application_name like 'segment_attribution run %%' and pid in"
                " (select pid from pg_locks where locktype = 'advisory' and granted)"
            )
            terminate(built, holders)
            with thief.cursor() as cursor:
                cursor.execute("select pg_advisory_lock(%s)", (KEY,))

        stealing = threading.Thread(target=steal)
        stealing.start()
        with pytest.raises(AnotherRun):
            built.nightly(block_wait=timedelta(minutes=5))
        stealing.join()
    assert last_run(built)["exit_code"] == 3
    built.nightly()


def terminate(warehouse: Warehouse, condition: str) -> None:
    """Terminate the first sessions that fulfil it, as soon as there are any."""
    with closing(connect(warehouse.server, warehouse.database)) as other, other.cursor() as cursor:

        def is_done() -> bool:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where "
                + condition.replace("%%", "%")
            )
            return cursor.fetchone() is not None

        wait_for(is_done, "there is someone to terminate")


def attempts_by_others(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Stopped attempts, over a connection that a thread may use."""
    with closing(connect(warehouse.server, warehouse.database)) as other, other.cursor() as cursor:
        cursor.execute("select 1 from ops.steps where outcome = 'stopped'")
        return cursor.fetchall()


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
        cursor.execute("select count(*) from sessions.all_sessions")
        assert cursor.fetchone() == (6,)
        cursor.execute("select status from ops.runs order by started_at desc limit 1")
        assert cursor.fetchone() == ("done",)
        cursor.execute("select count(*) from ops.steps where outcome in ('stopped', 'tried again')")
        assert cursor.fetchone()[0] >= 1


def test_a_deadlock_is_tried_again(built: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another session holds what the model waits for, and asks for what the model has read."""
    monkeypatch.setattr("runner.locks.wait_until_free", lambda *_: [])
    met: list[str] = []
    statement = "set local deadlock_timeout = '60s'; lock table sessions.attribution in share mode"
    with locked(built, statement) as other:

        def embrace() -> None:
            with closing(connect(built.server, built.database)) as look:
                wait_for(lambda: is_waiting(look), "a model waits")
            with other.cursor() as cursor:
                cursor.execute("lock table sessions.all_sessions in access exclusive mode")
            met.append("both")
            other.rollback()

        embracing = threading.Thread(target=embrace)
        embracing.start()
        built.nightly(retry_for=timedelta(minutes=1))
        embracing.join()
    assert met == ["both"]
    told = attempts(built, "models")
    assert told[0]["sqlstate"] == "40P01"
    assert told[-1]["outcome"] == "done"
    assert built.rows("select count(*) from sessions.all_sessions") == [{"count": 6}]


def is_waiting(connection: psycopg2.extensions.connection) -> bool:
    """Whether one of the run's sessions waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
            " and application_name like 'segment_attribution %'"
        )
        return cursor.fetchone() is not None


def test_a_blocker_that_lets_go_is_waited_for(
    built: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locked(built, "lock table sessions.all_sessions in share mode") as other:
        let_go = threading.Timer(3.0, other.rollback)
        let_go.start()
        built.nightly(block_wait=timedelta(seconds=60))
        let_go.join()
    assert [row["outcome"] for row in attempts(built, "locks")] == ["done"]
    assert attempts(built, "locks")[0]["seconds"] > 1


def test_a_blocker_that_does_not_let_go_is_named(built: Warehouse) -> None:
    with (
        locked(built, "lock table sessions.all_sessions in share mode") as other,
        pytest.raises(BlockedByLocks) as caught,
    ):
        built.nightly(block_wait=timedelta(seconds=1))
    assert caught.value.exit_code == 4
    assert f"pid {other.info.backend_pid if not other.closed else ''}" in str(caught.value)
    assert "sessions.all_sessions" in str(caught.value)
    run = last_run(built)
    assert (run["status"], run["exit_code"]) == ("failed", 4)
    built.nightly()


def test_a_lock_that_turns_up_on_the_way_is_waited_for_and_told(
    built: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the model that was not given its lock is done again, with those behind it."""
    monkeypatch.setattr(
        "runner.nightly.SESSION_OPTIONS",
        "-c client_connection_check_interval=1000 -c lock_timeout=300",
    )
    with locked(built, "lock table sessions.useful_sessions in share mode") as other:
        pid = other.info.backend_pid
        monkeypatch.setattr("runner.locks.wait_until_free", lambda *_: [])
        blocked = threading.Thread(target=_let_go_once_blocked, args=(built, other))
        blocked.start()
        summary = built.nightly(retry_for=timedelta(minutes=1))
        blocked.join()
    told = attempts(built, "models")
    assert [row["outcome"] for row in told[:-1]] == ["tried again"] * (len(told) - 1)
    assert told[-1]["outcome"] == "done"
    assert told[0]["sqlstate"] == "55P03"
    assert f"pid {pid} " in told[0]["blocked_by"]
    left = set(told[0]["nodes_left"].split(","))
    assert {"useful_sessions", "load_accounts"} <= left
    assert not {"arrived_events", "app_tracks", "all_sessions"} & left
    assert summary.totals["sessions_touched"] > 0
    assert built.rows("select count(*) from sessions.all_sessions") == [{"count": 6}]


def _let_go_once_blocked(warehouse: Warehouse, other: psycopg2.extensions.connection) -> None:
    with closing(connect(warehouse.server, warehouse.database)) as look, look.cursor() as cursor:

        def is_told() -> bool:
            cursor.execute("select 1 from ops.steps where sqlstate = '55P03'")
            return cursor.fetchone() is not None

        wait_for(is_told, "a model fails for want of a lock")
    other.rollback()


def test_a_run_gives_up_when_its_time_is_spent(
    built: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "runner.nightly.SESSION_OPTIONS",
        "-c client_connection_check_interval=1000 -c lock_timeout=200",
    )
    monkeypatch.setattr("runner.locks.wait_until_free", lambda *_: [])
    with (
        locked(built, "lock table partitioning.app_tracks in share mode") as other,
        pytest.raises(BlockedByLocks, match="in the way: pid") as caught,
    ):
        built.nightly(retry_for=timedelta(seconds=2))
    del other
    assert caught.value.exit_code == 4
    assert attempts(built, "models")[-1]["outcome"] == "failed"
    with pytest.raises(NothingToResume):
        built.nightly()
        built.nightly(resume=True)


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
    assert built.rows("select count(*) from sessions.all_sessions") == [{"count": 6}]


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


# a lock that stops a run in this step, and the options that let it get there
HOLDING = {
    "months": ("lock table partitioning.app_tracks in share update exclusive mode", "--premake=5"),
    "models": ("lock table sessions.attribution in share mode", "--premake=3"),
    "analyze": ("lock table sessions.attribution in share update exclusive mode", "--premake=3"),
}
# the nightly, but that it does not look for locks before it begins
HEEDLESS = (
    "import runner.locks; runner.locks.wait_until_free = lambda *_: [];"
    "from runner.cli import main; main()"
)


def forget_statistics(warehouse: Warehouse) -> None:
    """Whole tables are to be analyzed again."""
    warehouse.execute(
        "select pg_stat_reset_single_table_counters('sessions.attribution'::regclass)"
    )


@pytest.mark.parametrize("step", HOLDING)
def test_kill_9_leaves_no_backend_and_the_next_run_goes_on(built: Warehouse, step: str) -> None:
    forget_statistics(built)
    statement, option = HOLDING[step]
    with locked(built, statement):
        process = subprocess.Popen(
            [sys.executable, "-c", HEEDLESS, "nightly", option],
            cwd=PROJECT_DIR,
            env=built.environment(),
            start_new_session=True,
        )
        try:
            wait_for(lambda: is_waiting(built.connection), f"{step} waits for its lock")
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
    assert built.rows("select count(*) from sessions.all_sessions") == [{"count": 6}]


@pytest.mark.parametrize("step", ["months", "analyze"])
def test_a_terminated_backend_of_the_runner_is_tried_again(
    built: Warehouse, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.locks.wait_until_free", lambda *_: [])
    forget_statistics(built)
    statement, option = HOLDING[step]
    with locked(built, statement) as other:

        def kill() -> None:
            terminate(
                built,
                "wait_event_type = 'Lock' and application_name = 'segment_attribution runner'",
            )
            other.rollback()

        killing = threading.Thread(target=kill)
        killing.start()
        built.nightly(premake=int(option.partition("=")[2]), retry_for=timedelta(minutes=1))
        killing.join()
    assert [row["outcome"] for row in attempts(built, step)] == ["tried again", "done"]
    assert attempts(built, step)[0]["sqlstate"] in ("57P01", "08006")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_cleanly(built: Warehouse, number: int, code: int) -> None:
    with locked(built, "select 1") as other:
        process = start(built)
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
    assert built.rows("select count(*) from sessions.all_sessions") == [{"count": 6}]


def test_an_arrival_range_is_read_again(built: Warehouse) -> None:
    built.nightly()
    late = [{**row, "id": f"late-{row['id']}"} for row in rows_of_day(0)]
    built.insert("segment", "tracks", rows_of_day(9))
    built.nightly()
    built.insert("segment", "tracks", late)
    assert sum(row["rows_kept"] for row in built.nightly().accounts) == 0
    summary = built.nightly(arrival=(START.isoformat(), (START + timedelta(hours=1)).isoformat()))
    assert [(row["rows_read"], row["rows_kept"]) for row in summary.accounts] == [(6, 3)]
    cursor = built.rows("select cursor_at from partitioning.source_cursors")
    assert cursor[0]["cursor_at"] == START + timedelta(days=9, minutes=1)


def test_a_dry_run_changes_nothing(built: Warehouse) -> None:
    before = built.snapshot()
    process = start(built, "--dry-run", "--premake", "7")
    output, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    assert "all_sessions" in output
    assert output.count('attach partition "sessions"."all_sessions_') == 4
    assert built.snapshot() == before
    assert built.rows("select count(*) from ops.runs") == [{"count": 1}]


def test_one_model_is_built_anew_with_those_behind_it(built: Warehouse) -> None:
    built.nightly()
    before = built.snapshot()
    process = start(built, "--full-refresh", "all_sessions")
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "--yes" in told
    built.execute("delete from sessions.all_sessions")
    process = start(built, "--full-refresh", "all_sessions", "--yes")
    output, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    assert "app_tracks " not in output
    assert built.snapshot() == before
    process = start(built, "--full-refresh", "all_sesions", "--yes")
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "there is no such model" in told
