"""Rows are made in one thread while another hands them to the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, Full, Queue

import psycopg2.extensions
from psycopg2 import sql

from runner.synthetic import wire
from runner.synthetic.tables import COLUMNS

PATIENCE = 0.2
QUEUED = 16


@dataclass(frozen=True)
class TableStart:
    """From here on rows are of this table."""

    table: str


@dataclass(frozen=True)
class BatchEnd:
    """All rows of a batch were handed over."""


Item = TableStart | BatchEnd | bytes


class Conveyor:
    """Runs a generator of rows in a thread of its own.

    Args:
        items: what to make; chunks of rows between ``TableStart`` and the next other item.
    """

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._queue: Queue[Item | BaseException | None] = Queue(QUEUED)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._make, name="synthetic rows", daemon=True)

    def __enter__(self) -> Conveyor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _make(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    return
            self._put(None)
        except BaseException as error:
            self._put(error)

    def _put(self, item: Item | BaseException | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=PATIENCE)
            except Full:
                continue
            return True
        return False

    def next(self) -> Item | None:
        """The next item, or None at the end."""
        while True:
            try:
                item = self._queue.get(timeout=PATIENCE)
            except Empty:
                continue
            if isinstance(item, BaseException):
                raise item
            return item


class _Stream:
    """The rows of one COPY as the file that psycopg2 wants to read."""

    def __init__(self, conveyor: Conveyor) -> None:
        self._conveyor = conveyor
        self._rest: list[bytes] = [wire.HEADER]
        self._ended = False
        self.after: Item | None = None

    def read(self, _: int = -1) -> bytes:
        """The next chunk, of whatever size; nothing at the end."""
        if self._rest:
            return self._rest.pop()
        if self._ended:
            return b""
        item = self._conveyor.next()
        if isinstance(item, bytes):
            return item
        self.after, self._ended = item, True
        return wire.TRAILER


def load(
    connection: psycopg2.extensions.connection, schema: str, items: Iterator[Item]
) -> Iterator[dict[str, int]]:
    """Write all rows; after each batch, tell the rows of each table so far."""
    written: dict[str, int] = {}
    with Conveyor(items) as conveyor, connection.cursor() as cursor:
        item = conveyor.next()
        while item is not None:
            if isinstance(item, TableStart):
                stream = _Stream(conveyor)
                cursor.copy_expert(_copy(schema, item.table), stream)
                written[item.table] = written.get(item.table, 0) + cursor.rowcount
                item = stream.after
            else:
                yield written
                item = conveyor.next()


def _copy(schema: str, table: str) -> sql.Composed:
    return sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier(schema, table),
        sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table])),
    )
