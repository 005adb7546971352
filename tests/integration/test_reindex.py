"""Bloated indexes are found and rebuilt; what is cancelled leaves nothing behind for long."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from runner import reindex as logic
from runner.project import PROJECT_DIR
from runner.reindex import Index, NoSuchIndex, Rebuilt, Watcher, due_indexes, reindex
from tests.support.servers import connect
from tests.support.upkeep import (
    SCHEMAS,
    Probe,
    another,
    build,
    environment,
    invalid_indexes,
    invoke,
    months_ago,
    open_transaction,
)
from tests.support.waiting import eventually
from tests.support.warehouse import Warehouse

TRACKS = "partitioning.app_tracks"
READ = "select count(*) from partitioning.app_tracks"
# who has a snapshot keeps every rebuild of the database waiting
SNAPSHOT = "select count(*) from pg_class"
LONG = 2.0


@pytest.fixture
def built(warehouse: Warehouse) -> Warehouse:
    """A warehouse after one night."""
    build(warehouse)
    return warehouse


class Notes(Watcher):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.phases: list[str] = []
        self.told: list[str] = []
        self.ended: list[str] = []

    def progress(self, phase: str, share: float | None) -> None:
        """How far."""
        assert share is None or 0 <= share <= 1
        self.phases.append(phase)

    def end(self, rebuilt: Rebuilt) -> None:
        """One ended."""
        self.ended.append(rebuilt.index.name)

    def tell(self, text: str) -> None:
        """A remark."""
        self.told.append(text)


class EndsWhenSeen(Notes):
    """Lets the one in the way go once he has been seen to be in the way."""

    def __init__(self, end: Callable[[], None]) -> None:
        super().__init__()
        self._end = end

    def progress(self, phase: str, share: float | None) -> None:
        """How far."""
        super().progress(phase, share)
        if self.phases.count("waiting for old snapshots") == 3:
            self._end()


def due(warehouse: Warehouse, **options: Any) -> list[Index]:
    """The indexes that are due."""
    with another(warehouse) as connection:
        return due_indexes(connection, SCHEMAS, **options)


def rebuild(warehouse: Warehouse, indexes: list[Index], **options: Any) -> list[Rebuilt]:
    """Rebuild them."""
    return reindex(
        lambda: connect(warehouse.server, warehouse.database), indexes, schemas=SCHEMAS, **options
    )


def month(back: int = 0) -> str:
    """The month of app_tracks so many months ago, without its schema."""
    return f"app_tracks_{months_ago(back).suffix}"


def bloat(warehouse: Warehouse) -> None:
    """Fill this month's indexes, then empty nine pages' worth of ten."""
    warehouse.execute(
        f'insert into {TRACKS} (source_name, id, anonymous_id, "timestamp")'
        " select 'app', 'n' || n, 'p' || n, now() from generate_series(1, 40000) as n"
    )
    warehouse.execute(f"delete from {TRACKS} where id like 'n%' and id not like '%7'")
    warehouse.execute(f"vacuum analyze partitioning.{month()}")


def file_of(warehouse: Warehouse, index: str) -> int:
    """Changes when an index is rebuilt."""
    query = "select pg_relation_filenode(%s::regclass) as number"
    return warehouse.rows(query, (f'partitioning."{index}"',))[0]["number"]


# -- which ones ------------------------------------------------------------------------------


@pytest.mark.all_versions(long=True)
def test_a_bloated_index_is_due_and_shrinks(built: Warehouse) -> None:
    assert due(built, min_bloat=30, min_size_mb=0.1) == []
    bloat(built)
    found = due(built, min_bloat=30, min_size_mb=0.1)
    assert {(one.table, one.parent_table) for one in found} == {(month(), "app_tracks")}
    assert len(found) == 2
    assert all(80 <= one.bloat_percent <= 95 for one in found)
    assert [one.gain for one in found] == sorted((one.gain for one in found), reverse=True)
    # a size below which nothing is worth it, and a share below which it is not
    assert due(built, min_bloat=30, min_size_mb=64) == []
    assert due(built, min_bloat=99, min_size_mb=0.1) == []
    done = rebuild(built, found)
    assert [one.outcome for one in done] == ["rebuilt", "rebuilt"]
    assert all(one.bytes_after < one.index.bytes / 3 for one in done)
    built.execute(f"analyze partitioning.{month()}")
    assert due(built, min_bloat=30, min_size_mb=0.1) == []
    assert invalid_indexes(built) == set()


def test_a_full_index_is_not_taken_for_a_bloated_one(built: Warehouse) -> None:
    built.execute(
        f'insert into {TRACKS} (source_name, id, anonymous_id, "timestamp")'
        " select 'app', 'n' || n, 'p' || n, now() from generate_series(1, 40000) as n"
    )
    built.execute(f"vacuum analyze partitioning.{month()}")
    rebuild(built, due(built, tables=[month()]))
    built.execute(f"analyze partitioning.{month()}")
    [by_id, by_identity] = sorted(
        (one for one in due(built, everything=True) if one.table == month()),
        key=lambda one: one.name,
    )
    assert by_id.bloat_percent == pytest.approx(0, abs=3)
    assert by_identity.bloat_percent == pytest.approx(0, abs=3)


def test_indexes_are_named_with_their_months_or_tables(built: Warehouse) -> None:
    everything = due(built, everything=True)
    tracks = [one for one in everything if one.parent_table == "app_tracks"]
    assert {one.table for one in tracks} == {month(back) for back in (4, 2, 0, -1, -2, -3)}
    assert {one.schema for one in everything} >= {"partitioning", "aliasing", "sessions"}
    assert sorted(map(repr, due(built, tables=["app_tracks"]))) == sorted(map(repr, tracks))
    assert due(built, tables=[TRACKS]) == due(built, tables=["app_tracks"])
    [first, second] = due(built, tables=[month(2)])
    assert due(built, names=[first.name]) == [first]
    same = due(built, names=[f"partitioning.{first.parent_name}"])
    assert {one.table for one in same} == {one.table for one in tracks}
    assert {one.parent_name for one in same} == {first.parent_name} != {second.parent_name}


def test_a_name_that_is_none(built: Warehouse) -> None:
    with pytest.raises(NoSuchIndex, match="no table with a valid index named 'nowhere'"):
        due(built, tables=["app_tracks", "nowhere"])
    result = invoke(built, "reindex", "--index", "nothing")
    assert result.exit_code == 2
    assert "'nothing'" in result.stderr


# -- waiting, stopping, ending -----------------------------------------------------------------


def test_readers_and_writers_go_on_while_an_index_is_rebuilt(built: Warehouse) -> None:
    [first, _] = due(built, tables=[month()])
    before = file_of(built, first.name)
    write = f"insert into {TRACKS} (id, \"timestamp\") values ('w', now())"
    with (
        open_transaction(built, SNAPSHOT, "repeatable read") as end,
        Probe(built, READ) as reader,
        Probe(built, write) as writer,
    ):
        notes = EndsWhenSeen(end)
        [done] = rebuild(built, [first], watcher=notes)
    assert done.outcome == "rebuilt"
    assert "waiting for old snapshots" in notes.phases
    assert reader.slowest < LONG and writer.slowest < LONG
    assert file_of(built, first.name) != before


@pytest.mark.all_versions(long=True)
def test_one_that_waits_too_long_is_given_up_cleanly_and_so_are_those_behind(
    built: Warehouse,
) -> None:
    indexes = due(built, tables=[month()])
    before = [file_of(built, one.name) for one in indexes]
    notes = Notes()
    with open_transaction(built, SNAPSHOT, "repeatable read"):
        done = rebuild(built, indexes, wait_seconds=0.3, watcher=notes)
    assert [one.outcome for one in done] == ["waits", "left"]
    assert invalid_indexes(built) == set()
    assert [file_of(built, one.name) for one in indexes] == before
    assert notes.ended == [indexes[0].name]


def test_the_command_tells_that_it_had_to_wait(built: Warehouse) -> None:
    with open_transaction(built, SNAPSHOT, "repeatable read"):
        result = invoke(built, "reindex", "--table", month(), "--wait", "0.3", "--json")
    assert result.exit_code == 4
    assert [one["outcome"] for one in json.loads(result.stdout)] == ["waits", "left"]
    assert "python -m runner ps" in result.stderr


def test_nothing_is_begun_once_the_time_is_over(built: Warehouse) -> None:
    indexes = due(built, tables=[month()])
    done = rebuild(built, indexes, deadline=time.monotonic())
    assert {(one.outcome, one.detail) for one in done} == {("left", logic.OUT_OF_TIME)}
    result = invoke(built, "reindex", "--table", month(), "--max-minutes", "0")
    assert result.exit_code == 0
    assert "2 indexes left" in result.stdout


def stop(warehouse: Warehouse) -> tuple[int, str]:
    """Press Ctrl-C as soon as the command waits; its exit code and what it said."""
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", "reindex", "--table", month(), "--wait", "120"],
        cwd=PROJECT_DIR,
        env=environment(warehouse),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    waits = "select 1 from pg_stat_progress_create_index where phase = 'waiting for old snapshots'"
    try:
        assert eventually(lambda: warehouse.rows(waits) != [], 60)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, told


def test_ctrl_c_cancels_the_rebuild_and_clears_up(built: Warehouse) -> None:
    with open_transaction(built, SNAPSHOT, "repeatable read"):
        code, told = stop(built)
        assert built.rows("select 1 from pg_stat_progress_create_index") == []
    assert code == 130
    assert told.startswith("error: stopped")
    assert invalid_indexes(built) == set()


def test_what_ctrl_c_had_to_leave_goes_in_the_next_run(built: Warehouse) -> None:
    # a reader of the very table: neither can the rebuild end, nor its remains be dropped
    with open_transaction(built, READ, "repeatable read"):
        code, told = stop(built)
        assert code == 130
        left = invalid_indexes(built)
        assert len(left) == 1
        assert f"notice: partitioning.{next(iter(left))} is left" in told
    assert next(iter(left)).endswith("_ccnew")
    result = invoke(built, "reindex", "--table", month())
    assert result.exit_code == 0
    assert result.stdout.count(" rebuilt") == 2
    assert invalid_indexes(built) == set()


# -- room --------------------------------------------------------------------------------------


def test_the_room_of_a_server_on_this_machine_is_seen(built: Warehouse) -> None:
    [index, _] = due(built, tables=[month()])
    with another(built) as connection:
        free = logic.free_bytes(connection, index)
    assert free == pytest.approx(shutil.disk_usage(built.server.data).free, rel=0.05)


def test_an_index_without_room_is_left_as_it_is(
    built: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    [index, _] = due(built, tables=[month()])
    before = file_of(built, index.name)
    monkeypatch.setattr(logic, "free_bytes", lambda connection, index: index.bytes - 1)
    [done] = rebuild(built, [index])
    assert done.outcome == "failed"
    assert done.detail.startswith("no room")
    assert file_of(built, index.name) == before
    # a disk out of sight: what the user says counts, and without that it goes on and says so
    monkeypatch.setattr(logic, "free_bytes", lambda connection, index: None)
    assert [one.outcome for one in rebuild(built, [index], min_free_mb=0)] == ["failed"]
    notes = Notes()
    assert [one.outcome for one in rebuild(built, [index], watcher=notes)] == ["rebuilt"]
    assert [text for text in notes.told if "--min-free-mb" in text] == notes.told != []


# -- the command -------------------------------------------------------------------------------


def test_the_command_shows_what_is_due_and_does_it(built: Warehouse) -> None:
    assert invoke(built, "reindex").stdout == "no index is due\n"
    bloat(built)
    small = ("reindex", "--min-size", "0.1")
    result = invoke(built, *small, "--dry-run", "--json")
    told = json.loads(result.stdout)
    assert [one["outcome"] for one in told] == ["would be rebuilt"] * 2
    assert {one["table"] for one in told} == {month()}
    numbers = [file_of(built, one["name"]) for one in told]
    assert "2 indexes due" in invoke(built, *small, "--dry-run").stdout
    assert [file_of(built, one["name"]) for one in told] == numbers
    result = invoke(built, *small)
    assert result.exit_code == 0
    assert result.stdout.count(" rebuilt") == 2
    assert not set(numbers) & {file_of(built, one["name"]) for one in told}
