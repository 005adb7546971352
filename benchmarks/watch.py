"""What a server does while a command runs: temporary files, rows written."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg2.extensions
from psycopg2 import sql

from runner import database

SCHEMAS = ["partitioning", "aliasing", "sessions_stages", "sessions", "reporting", "reference"]
# the run writes down what it did: that is no row of data
RUN_LOG = frozenset(
    {
        "partitioning.load_accounts",
        "sessions_stages.run_totals",
        "sessions_stages.arrived_events",
        "sessions_stages.arrived_identity_calls",
    }
)
INTERVAL = 0.05


def query(name: str) -> str:
    """The text of ``benchmarks/queries/<name>.sql``."""
    return (Path(__file__).parent / "queries" / f"{name}.sql").read_text("utf-8")


class TempFiles:
    """The most that temporary files held at once while the block ran, in bytes."""

    def __init__(self) -> None:
        self.peak = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> TempFiles:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        with database.session() as connection:
            while not self._stop.wait(INTERVAL):
                now = database.fetch_all(connection, query("temp_files"))[0]["bytes"]
                self.peak = max(self.peak, now)


def rows_written(connection: psycopg2.extensions.connection) -> dict[str, int]:
    """Rows written so far by table; waits until the server's counters have settled."""
    time.sleep(1.5)
    rows = database.fetch_all(connection, query("rows_written"), {"schemas": SCHEMAS})
    return {row["table_name"]: row["rows_written"] for row in rows}


def difference(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Rows written between two readings; tables without any are left out."""
    changed = {name: count - before.get(name, 0) for name, count in after.items()}
    return {name: count for name, count in changed.items() if count}


def sizes(connection: psycopg2.extensions.connection, tracks: sql.Identifier) -> dict[str, Any]:
    """Bytes of the project's tables with indexes, and of the raw table without."""
    literal = sql.SQL("{}::regclass").format(sql.Literal(tracks.as_string(connection)))
    statement = sql.SQL(query("sizes")).format(tracks=literal)
    return database.fetch_all(connection, statement, {"schemas": SCHEMAS})[0]
