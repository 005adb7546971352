"""Changes of tables and indexes that no reader waits behind: short waits for locks, many tries."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg2
import psycopg2.errors
import psycopg2.extensions

from runner import database

Connection = psycopg2.extensions.connection

# what queues for an exclusive lock holds up every reader behind it: never for longer than this
SHORT_WAIT = 0.1
PAUSE = 0.4
# a deadlock ends as a timeout does: nothing was done, and it may go well the next time
NOT_GIVEN = (psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected)


@contextmanager
def setting(connection: Connection, name: str, value: str) -> Iterator[None]:
    """A setting of the session, which has its former value again at the end.

    Args:
        connection: in autocommit mode.
        name: as Postgres has it.
        value: with its unit.
    """
    query = "select set_config(%(name)s, %(value)s, false) as value"
    read = "select current_setting(%(name)s) as value"
    before = database.fetch_all(connection, read, {"name": name})[0]["value"]
    database.fetch_all(connection, query, {"name": name, "value": value})
    try:
        yield
    finally:
        if not connection.closed:
            database.fetch_all(connection, query, {"name": name, "value": before})


def lock_waits(connection: Connection, seconds: float = SHORT_WAIT) -> AbstractContextManager[None]:
    """Give up each wait for a lock after so long."""
    # 0 would mean without end
    return setting(connection, "lock_timeout", f"{max(1, round(seconds * 1000))}ms")


def patiently(action: Callable[[], None], deadline: float) -> None:
    """Try until the locks are given.

    Args:
        action: what may be refused a lock; safe to do again.
        deadline: as ``time.monotonic`` counts; no try begins after it but the first.

    Raises:
        psycopg2.errors.LockNotAvailable: they were not given in time.
    """
    while True:
        try:
            return action()
        except NOT_GIVEN:
            if time.monotonic() + PAUSE > deadline:
                raise
            time.sleep(PAUSE)


def execute(connection: Connection, statement: Any, parameters: Any = None) -> None:
    """Run one statement that gives no rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def reason(error: BaseException) -> str:
    """The first line of what the server said."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
