"""Indexes that have grown beyond need are rebuilt one by one, concurrently."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from runner import ddl
from runner.database import fetch_all, load_query
from runner.ddl import Connection
from runner.errors import ConnectionFailed, RunnerError
from runner.indexes import drop_leftovers

MEGABYTE = 2**20
POLL_SECONDS = 0.25
# a reader may keep a cancelled index's remains for long: those go in the next run then
CLEARING_SECONDS = 5.0
CANCEL_SECONDS = 10.0
OUT_OF_TIME = "no time left to begin it"
WAITS_TOO = "not begun: it would wait for the same"


class NoSuchIndex(RunnerError):
    """A name that no index or table of the project has."""

    exit_code = 2


@dataclass(frozen=True)
class Index:
    """An index of one table or one month.

    Attributes:
        parent_table: the partitioned table, where the table is a month of one.
        parent_name: the partitioned table's index that it belongs to.
        bytes: its size.
        bloat_percent: share of it that a rebuilt one would not need, estimated; None if unknown.
    """

    schema: str
    table: str
    name: str
    parent_table: str
    parent_name: str
    bytes: int
    bloat_percent: float | None = None

    @property
    def gain(self) -> float:
        """Bytes that a rebuild would free."""
        return self.bytes * (self.bloat_percent or 0.0) / 100


@dataclass(frozen=True)
class Rebuilt:
    """What became of one index.

    Attributes:
        outcome: rebuilt, left, waits (for others) or failed.
        detail: why it was not rebuilt.
    """

    index: Index
    outcome: str
    seconds: float = 0.0
    bytes_after: int | None = None
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        """What --json shows of it."""
        told = {key: value for key, value in asdict(self).items() if key != "index"}
        return {**asdict(self.index), **told}


class Watcher:
    """Is told what goes on; says nothing."""

    def begin(self, index: Index) -> None:
        """Rebuilding an index begins."""

    def progress(self, phase: str, share: float | None) -> None:
        """How far the index is, from 0 to 1, as far as it is known."""

    def end(self, rebuilt: Rebuilt) -> None:
        """It ended."""

    def tell(self, text: str) -> None:
        """Something worth a line."""


# -- which indexes ---------------------------------------------------------------------------


def due_indexes(
    connection: Connection,
    schemas: Sequence[str],
    min_bloat: float = 30.0,
    min_size_mb: float = 64.0,
    names: Collection[str] = (),
    tables: Collection[str] = (),
    everything: bool = False,
) -> list[Index]:
    """The indexes to rebuild, those that gain most first.

    Args:
        connection: in autocommit mode.
        schemas: of the project.
        min_bloat: percent; without names, only indexes of at least so much are due.
        min_size_mb: and of at least this size.
        names: these indexes, bloated or not; a partitioned table's index stands for its months'.
        tables: the indexes of these tables, bloated or not, and of their months.
        everything: all indexes.

    Raises:
        NoSuchIndex: a name that is none.
    """
    rows = fetch_all(connection, load_query("index_bloat"), {"schemas": list(schemas)})
    known = [
        Index(
            schema=row["schema_name"],
            table=row["table_name"],
            name=row["index_name"],
            parent_table=row["parent_name"],
            parent_name=row["parent_index_name"],
            bytes=row["bytes"],
            bloat_percent=row["bloat_percent"],
        )
        for row in rows
    ]
    chosen = _named(known, names, tables)
    if everything:
        chosen = known
    elif not names and not tables:
        chosen = [one for one in known if is_due(one, min_bloat, min_size_mb)]
    return sorted(chosen, key=lambda one: (-one.gain, -one.bytes, one.schema, one.name))


def is_due(index: Index, min_bloat: float, min_size_mb: float) -> bool:
    """Whether a rebuild is worth it; where the bloat is not known it is not."""
    return (
        index.bloat_percent is not None
        and index.bloat_percent >= min_bloat
        and index.bytes >= min_size_mb * MEGABYTE
    )


def _named(known: list[Index], names: Collection[str], tables: Collection[str]) -> list[Index]:
    of_index = {one: _spellings(one.schema, one.name, one.parent_name) for one in known}
    of_table = {one: _spellings(one.schema, one.table, one.parent_table) for one in known}
    kinds = (("valid index", names, of_index), ("table with a valid index", tables, of_table))
    for kind, wanted, spellings in kinds:
        for text in wanted:
            if not any(text in spelled for spelled in spellings.values()):
                raise NoSuchIndex(
                    f"reindex: the project has no {kind} named '{text}'; list them with: "
                    "python -m runner reindex --all --dry-run"
                )
    return [one for one in known if of_index[one] & set(names) or of_table[one] & set(tables)]


def _spellings(schema: str, *names: str) -> set[str]:
    return {*names, *(f"{schema}.{name}" for name in names)}


# -- room ------------------------------------------------------------------------------------


def free_bytes(connection: Connection, index: Index) -> int | None:
    """Free bytes on the disk of an index; None where it is not this machine's, or out of sight."""
    place = {"schema_name": index.schema, "index_name": index.name}
    rows = fetch_all(connection, load_query("index_room"), place)
    try:
        if rows and b"postgres" in Path(f"/proc/{rows[0]['pid']}/cmdline").read_bytes():
            return shutil.disk_usage(rows[0]["folder"]).free
    except OSError:
        # a backend that is no process here is one of another machine, whatever the address says
        pass
    return None


# -- rebuilding ------------------------------------------------------------------------------


def reindex(
    connect: Callable[[], Connection],
    indexes: Sequence[Index],
    deadline: float | None = None,
    schemas: Sequence[str] = (),
    wait_seconds: float = 60,
    min_free_mb: float | None = None,
    watcher: Watcher | None = None,
) -> list[Rebuilt]:
    """Rebuild indexes one at a time; neither readers nor writers wait.

    What a cancelled rebuild has left is removed first, and again after an error or Ctrl-C. Where
    one index has to wait for others too long, those behind it are left: a rebuild waits for every
    transaction of the database, so they would wait for the same.

    Args:
        connect: opens a connection in autocommit mode; two are used.
        indexes: which, in this order.
        deadline: none is begun after it, as ``time.monotonic`` counts.
        schemas: where leftovers are looked for; those of the indexes if empty.
        wait_seconds: how long to wait for others, each time.
        min_free_mb: so much is free on the disk at least, where that cannot be seen from here.
        watcher: is told what goes on.

    Raises:
        ConnectionFailed: the connection was lost.
        KeyboardInterrupt: a signal stopped it; the index that was being built is as it was.
    """
    watcher = watcher or Watcher()
    schemas = schemas or sorted({index.schema for index in indexes})
    work = _Work(connect, schemas, wait_seconds, watcher)
    done: list[Rebuilt] = []
    with work:
        work.clear(wait_seconds)
        for index in indexes:
            if done and done[-1].outcome == "waits":
                done += [Rebuilt(one, "left", detail=WAITS_TOO) for one in indexes[len(done) :]]
                break
            if deadline is not None and time.monotonic() >= deadline:
                done += [Rebuilt(one, "left", detail=OUT_OF_TIME) for one in indexes[len(done) :]]
                break
            done.append(work.rebuild(index, min_free_mb))
            watcher.end(done[-1])
    return done


class _Work:
    """Two connections: one rebuilds, the other looks how far it is and clears up."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        schemas: Sequence[str],
        wait_seconds: float,
        watcher: Watcher,
    ) -> None:
        self.schemas = schemas
        self.wait_seconds = wait_seconds
        self.watcher = watcher
        self._connect = connect
        self._is_room_told = False
        self._is_stuck = False

    def __enter__(self) -> _Work:
        self._builder = self._connect()
        try:
            self._looker = self._connect()
        except BaseException:
            self._builder.close()
            raise
        timeout = {"value": f"{max(1, round(self.wait_seconds * 1000))}ms"}
        ddl.execute(self._builder, "set statement_timeout = 0")
        for connection in (self._builder, self._looker):
            ddl.execute(connection, "set lock_timeout = %(value)s", timeout)
        with contextlib.suppress(psycopg2.Error):  # not on every system
            ddl.execute(self._builder, "set client_connection_check_interval = 1000")
        return self

    def __exit__(self, *error: object) -> None:
        self._looker.close()
        # one that does not answer to being cancelled would not answer to being closed
        if not self._is_stuck:
            self._builder.close()

    def clear(self, seconds: float) -> None:
        """Remove what cancelled rebuilds have left."""
        for name in drop_leftovers(self._looker, self.schemas, seconds):
            self.watcher.tell(
                f"{name} is left of a rebuild that was stopped: someone uses its table; the next "
                "run removes it"
            )

    def rebuild(self, index: Index, min_free_mb: float | None) -> Rebuilt:
        """Rebuild one."""
        problem = self._no_room(index, min_free_mb)
        if problem:
            return Rebuilt(index, "failed", detail=problem)
        self.watcher.begin(index)
        started = time.monotonic()
        name = sql.Identifier(index.schema, index.name)
        try:
            self._run(sql.SQL("reindex index concurrently {}").format(name))
        except psycopg2.Error as error:
            if self._builder.closed:
                raise ConnectionFailed(f"reindex {index.name}: {ddl.reason(error)}") from None
            self.clear(CLEARING_SECONDS)
            outcome = "waits" if isinstance(error, ddl.NOT_GIVEN) else "failed"
            seconds = round(time.monotonic() - started, 1)
            return Rebuilt(index, outcome, seconds, detail=ddl.reason(error))
        except BaseException:
            self.clear(CLEARING_SECONDS)
            raise
        return Rebuilt(index, "rebuilt", round(time.monotonic() - started, 1), self._size(index))

    def _no_room(self, index: Index, min_free_mb: float | None) -> str:
        """Why there is no room for a second copy of it; empty if there is, or nobody knows."""
        free = free_bytes(self._looker, index)
        if free is None and min_free_mb is not None:
            free = round(min_free_mb * MEGABYTE)
        if free is None and not self._is_room_told:
            self._is_room_told = True
            self.watcher.tell(
                "how much room the server's disk has cannot be seen from here; say it with "
                "--min-free-mb"
            )
        if free is None or free >= index.bytes:
            return ""
        return (
            f"no room: it needs {index.bytes / MEGABYTE:,.0f} MB beside itself, and "
            f"{free / MEGABYTE:,.0f} MB are free"
        )

    def _run(self, statement: sql.Composable) -> None:
        """Run it in a thread: waiting for a server, Python would not notice a signal."""
        errors: list[BaseException] = []
        # not the thread itself: one whose join a signal broke off counts as ended in Python 3.11
        ended = threading.Event()

        def run() -> None:
            try:
                ddl.execute(self._builder, statement)
            except BaseException as error:
                errors.append(error)
            finally:
                ended.set()

        threading.Thread(target=run, name="reindex", daemon=True).start()
        try:
            while not ended.wait(POLL_SECONDS):
                self._look()
        except BaseException:
            # more than once: what is told before the statement has begun is lost
            end = time.monotonic() + CANCEL_SECONDS
            while not ended.is_set() and time.monotonic() < end:
                with contextlib.suppress(psycopg2.Error):
                    self._builder.cancel()
                ended.wait(POLL_SECONDS)
            self._is_stuck = not ended.is_set()
            raise
        if errors:
            raise errors[0]

    def _look(self) -> None:
        pid = {"pid": self._builder.info.backend_pid}
        with contextlib.suppress(psycopg2.Error):
            rows = fetch_all(self._looker, load_query("reindex_progress"), pid)
            if rows:
                self.watcher.progress(rows[0]["phase"], _share(rows[0]))

    def _size(self, index: Index) -> int | None:
        place = {"schema_name": index.schema, "index_name": index.name}
        with contextlib.suppress(psycopg2.Error):
            rows = fetch_all(self._looker, load_query("index_size"), place)
            return rows[0]["bytes"] if rows else None
        return None


def _share(row: dict[str, Any]) -> float | None:
    for unit in ("blocks", "tuples", "lockers"):
        if row[f"{unit}_total"]:
            return min(1.0, row[f"{unit}_done"] / row[f"{unit}_total"])
    return None
