"""A run keeps its log, is alone, waits for what heals, and leaves nothing behind when it dies."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg2
import psycopg2.extensions
import pytest

from runner.errors import AnotherRun, BlockedByLocks, NothingToResume
from runner.runlock import KEY, RunLock
from tests.support.runs import (
    PATIENCE,
    START,
    attempts,
    built_with_a_day,
    is_waiting,
    last_run,
    locked,
    rows_of_day,
    terminate,
    wait_for,
)
from tests.support.servers import connect
from tests.support.warehouse import Warehouse


@pytest.fixture
def built(warehouse: Warehouse) -> Warehouse:
    """A warehouse with one day taken in and a second one waiting."""
    return built_with_a_day(warehouse)


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
        *("run lock", "locks", "source columns", "months", "models", "months ahead"),
        *("verify", "reindex", "analyze", "report"),
    ]
    assert {row["outcome"] for row in steps} == {"done"}
    assert all(row["seconds"] >= 0 for row in steps)
    prints = built.rows("select distinct settings_fingerprint from ops.runs")
    assert len(prints) == 2


@pytest.mark.long
def test_a_full_refresh_keeps_the_log(built: Warehouse) -> None:
    (before,) = built.rows("select count(*) from ops.runs")
    built.nightly(full_refresh=True)
    assert built.rows("select count(*) from ops.runs") == [{"count": before["count"] + 1}]


def test_a_second_run_says_who_runs(built: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in built.environment().items():
        monkeypatch.setenv(name, value)
    lock = RunLock()
    lock.take()
    with lock:
        with pytest.raises(AnotherRun) as caught:
            built.nightly()
        second = built.start("nightly")
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


@pytest.mark.long
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


def attempts_by_others(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Stopped attempts, over a connection that a thread may use."""
    with closing(connect(warehouse.server, warehouse.database)) as other, other.cursor() as cursor:
        cursor.execute("select 1 from ops.steps where outcome = 'stopped'")
        return cursor.fetchall()


@pytest.mark.long
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


def test_steps_are_skipped_where_that_is_the_policy(built: Warehouse) -> None:
    with locked(built, "lock table sessions.all_sessions in share mode") as other:
        pid = other.info.backend_pid
        with pytest.raises(
            BlockedByLocks, match=f"models: skipped, because of pid {pid} "
        ) as caught:
            built.nightly(on_block="skip")
    assert caught.value.exit_code == 4
    for step in ("months", "models", "reindex", "analyze"):
        assert [row["outcome"] for row in attempts(built, step)] == ["skipped"], step
        assert f"pid {pid} " in attempts(built, step)[0]["blocked_by"]
    assert attempts(built, "verify") == []
    for step in ("source columns", "report"):
        assert [row["outcome"] for row in attempts(built, step)] == ["done"], step
    assert built.rows("select count(*) from partitioning.app_tracks") == [{"count": 3}]
    assert (last_run(built)["status"], last_run(built)["exit_code"]) == ("failed", 4)
    built.nightly(on_block="skip")
    assert built.rows("select count(*) from sessions.all_sessions") == [{"count": 6}]


def test_only_blockers_on_the_list_are_terminated(built: Warehouse) -> None:
    lock = "lock table sessions.all_sessions in share mode"
    listed = ("application:bi *",)
    with locked(built, f"set application_name = 'bi tool'; {lock}") as listed_one:
        with locked(built, f"set application_name = 'a person'; {lock}") as another:
            with pytest.raises(BlockedByLocks, match=f"pid {another.info.backend_pid} "):
                built.nightly(
                    on_block="terminate", terminate=listed, block_wait=timedelta(seconds=0.5)
                )
            with another.cursor() as cursor:
                cursor.execute("select 1")
        with pytest.raises(psycopg2.OperationalError), listed_one.cursor() as cursor:
            cursor.execute("select 1")
    with locked(built, f"set application_name = 'bi tool'; {lock}"):
        built.nightly(on_block="terminate", terminate=listed)
    assert built.rows("select count(*) from sessions.all_sessions") == [{"count": 6}]


@pytest.mark.long
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


@pytest.mark.long
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


@pytest.mark.long
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
    before, runs = built.snapshot(), built.rows("ops.runs")
    # no table was analyzed yet, as far as the server knows
    built.execute("select pg_stat_reset()")
    process = built.start("nightly", "--dry-run", "--premake", "7")
    output, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    assert "all_sessions" in output
    assert output.count('attach partition "sessions"."all_sessions_') == 4
    words = "analyze only" if built.connection.server_version >= 180000 else "analyze"
    assert f'{words} "sessions"."all_sessions";' in output
    assert built.snapshot() == before
    assert built.rows("ops.runs") == runs


@pytest.mark.long
def test_one_model_is_built_anew_with_those_behind_it(built: Warehouse) -> None:
    built.nightly()
    before = built.snapshot()
    process = built.start("nightly", "--full-refresh", "all_sessions")
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "--yes" in told
    built.execute("delete from sessions.all_sessions")
    process = built.start("nightly", "--full-refresh", "all_sessions", "--yes")
    output, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    assert "app_tracks " not in output
    assert built.snapshot() == before
    process = built.start("nightly", "--full-refresh", "all_sesions", "--yes")
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "there is no such model" in told


def test_a_summary_tells_what_there_is_to_tell(built: Warehouse) -> None:
    """No session derives from this model; and who goes on behind `verify` has read no totals."""
    process = built.start("nightly", "--full-refresh", "rejected_events", "--yes")
    output, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    assert "Touched" in output
    built.execute("update ops.runs set status = 'failed'")
    built.execute("update ops.steps set outcome = 'failed' where step_name = 'report'")
    process = built.start("nightly", "--resume")
    output, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    assert "Touched" not in output
    assert "Traceback" not in told
