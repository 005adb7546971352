"""What the runner did, kept in the database: a row a run, a row an attempt of a step."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import socket
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg2
import psycopg2.extensions
from psycopg2 import sql

from runner import __version__, database
from runner.errors import ConnectionFailed
from runner.masking import masked

# a step that is told as done is on disk, and with it all that was committed before
OPTIONS = "-c lock_timeout=2s -c statement_timeout=10s -c synchronous_commit=on"
COUNTS = ("rows_read", "rows_kept", "rows_duplicate", "rows_rejected")


@dataclass
class Attempt:
    """One attempt of a step; the columns of ``ops.steps``.

    Attributes:
        outcome: running, done, skipped, failed, tried again or stopped.
        nodes_left: names of models and tests, with commas.
    """

    step_number: int
    step_name: str
    attempt: int = 1
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float | None = None
    outcome: str = "running"
    row_count: int | None = None
    sqlstate: str | None = None
    error: str | None = None
    blocked_by: str | None = None
    nodes_left: str | None = None


class RunLog:
    """Keeps runs and steps; what cannot be written now is written at the next occasion.

    Losing the log's connection does not fail a run. Before the very first run its tables are not
    there: then all is written once dbt has made them.

    Args:
        schema: of the tables ``runs`` and ``steps``.
        command: the options of this run.
        settings: all settings with their values.
        run_id: of this run; a new one if None.
    """

    def __init__(
        self, schema: str, command: str, settings: Mapping[str, Any], run_id: str | None = None
    ) -> None:
        self.run_id = run_id or str(uuid.uuid4())
        self.attempts: list[Attempt] = []
        self._schema = schema
        self._connection: psycopg2.extensions.connection | None = None
        self._written: dict[int, Attempt] = {}
        self._has_run = False
        self._is_in_doubt = False
        self._clocks: dict[int, float] = {}
        text = json.dumps(settings, sort_keys=True, default=str)
        self._run = {
            "run_id": self.run_id,
            "started_at": datetime.now(UTC),
            "command": command,
            "host_name": socket.gethostname(),
            "os_user": _os_user(),
            "process_id": os.getpid(),
            "version": __version__,
            "settings_fingerprint": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        }
        self._end: dict[str, Any] | None = None
        # runs before this one that ended without a word
        self.died: list[dict[str, Any]] = []
        # whether it stands in the tables how the run ended
        self.is_finished = False

    @property
    def command(self) -> str:
        """What the run was started with."""
        return str(self._run["command"])

    @command.setter
    def command(self, text: str) -> None:
        self._run["command"] = text

    def begin(self, step_name: str) -> Attempt:
        """An attempt of a step begins."""
        tries = sum(one.step_name == step_name for one in self.attempts)
        attempt = Attempt(len(self.attempts) + 1, step_name, tries + 1)
        self.attempts.append(attempt)
        self._clocks[attempt.step_number] = time.monotonic()
        self.write()
        return attempt

    def end(self, attempt: Attempt, outcome: str, **facts: Any) -> None:
        """It ended; ``facts`` are columns of ``ops.steps``."""
        attempt.seconds = round(time.monotonic() - self._clocks[attempt.step_number], 3)
        attempt.outcome = outcome
        for name, value in facts.items():
            setattr(attempt, name, value)
        self.write()

    def note(
        self, step_name: str, outcome: str, blocked_by: str | None = None, seconds: float = 0.0
    ) -> Attempt:
        """A step that was not done, or was over before the log could be written."""
        attempt = Attempt(
            len(self.attempts) + 1, step_name, outcome=outcome, seconds=round(seconds, 3)
        )
        attempt.blocked_by = blocked_by
        self.attempts.append(attempt)
        return attempt

    def finish(
        self, status: str, exit_code: int, error: str | None, counts: Mapping[str, int]
    ) -> None:
        """The run ended."""
        self._end = {
            "run_id": self.run_id,
            "status": status,
            "exit_code": exit_code,
            "error": error,
            **{name: counts.get(name) for name in COUNTS},
        }
        self.write()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def has_run(self) -> bool:
        """Whether the run itself stands in its table, so that a later one finds it there."""
        return self._has_run

    @property
    def is_written(self) -> bool:
        """Whether all of it stands in the tables."""
        return self._has_run and len(self._written) == len(self.attempts)

    def last_attempts(self) -> list[dict[str, Any]]:
        """The last attempt of each step of the run before this one; nothing if there is none."""
        if not self._is_ready():
            return []
        return database.fetch_all(
            self._connection, self._query("last_attempts"), {"run_id": self.run_id}
        )

    def unresolved(self) -> list[dict[str, Any]]:
        """Runs that were not done since the last one that was; nothing where that is not known."""
        if not self._is_ready():
            return []
        try:
            return database.fetch_all(
                self._connection, self._query("unresolved_runs"), {"run_id": self.run_id}
            )
        except psycopg2.Error:
            self._drop()
            return []

    def write(self) -> None:
        """Write what is not written yet."""
        try:
            if self._is_ready():
                self._write()
        except psycopg2.Error:
            # the run goes on; the next occasion opens another connection
            self._drop()

    def _write(self) -> None:
        if not self._has_run or self._is_in_doubt:
            self._execute("insert_run", self._run)
            self._is_in_doubt = False
        if not self._has_run:
            self.died += self._execute("bury_runs", {"run_id": self.run_id})
            self._has_run = True
        for attempt in self.attempts:
            if self._written.get(attempt.step_number) != attempt:
                self._execute("write_step", {"run_id": self.run_id, **asdict(attempt)})
                self._written[attempt.step_number] = Attempt(**asdict(attempt))
        if self._end is not None:
            self._execute("finish_run", self._end)
            self.is_finished = True

    def _is_ready(self) -> bool:
        try:
            if self._connection is None:
                self._connection = database.connect(
                    application_name="segment_attribution run log",
                    options=OPTIONS,
                )
            return self._has_run or database.table_exists(self._connection, self._schema, "steps")
        except (psycopg2.Error, ConnectionFailed):
            self._drop()
            return False

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        # a server that crashed may have lost what it had confirmed
        self._written.clear()
        self._is_in_doubt = True

    def _query(self, name: str) -> sql.Composed:
        return sql.SQL(database.load_query(name)).format(schema=sql.Identifier(self._schema))

    def _execute(self, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        assert self._connection is not None
        values = {
            name: masked(value) if isinstance(value, str) else value
            for name, value in values.items()
        }
        with self._connection.cursor() as cursor:
            cursor.execute(self._query(name), values)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor] if names else []


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # a container's user may have no name
        return str(os.getuid())
