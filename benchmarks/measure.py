"""One history: load, bare statement, first build, the nights of some days, an idle night."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg2 import sql

from benchmarks import watch
from runner import database
from runner.errors import RunnerError
from runner.project import PROJECT_DIR
from runner.synthetic import SHOP_INPUTS, Scenario

TRACKS = sql.Identifier("segment", "tracks")
END = datetime(2026, 1, 1, tzinfo=UTC)
WITHOUT_REPORTING = {"reporting": False}

Say = Callable[[str], None]


@dataclass
class Night:
    """One run of ``python -m runner nightly`` as a process of its own.

    Attributes:
        seconds: from process start to exit.
        steps: seconds by step and by model, as the run itself reports them.
        rows_written: by table.
        peak_temp_mb: the most that temporary files held at once.
    """

    seconds: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)
    rows_written: dict[str, int] = field(default_factory=dict)
    peak_temp_mb: float = 0.0

    @property
    def data_rows_written(self) -> int:
        """Rows written but for the run's own log."""
        return sum(count for name, count in self.rows_written.items() if name not in watch.RUN_LOG)


@dataclass
class Measured:
    """All figures of one history size."""

    events: int
    tracks_mb: float = 0.0
    generated_per_second: float = 0.0
    bare_statement_seconds: float = 0.0
    sessions: int = 0
    first_build: Night = field(default_factory=Night)
    nights: list[Night] = field(default_factory=list)
    idle: Night = field(default_factory=Night)
    nights_without_reporting: list[Night] = field(default_factory=list)
    disk_ratio: float = 0.0

    @property
    def night(self) -> Night:
        """The median night by its seconds."""
        return median(self.nights)

    @property
    def night_without_reporting(self) -> Night:
        """The same of those without the reporting models."""
        return median(self.nights_without_reporting)

    def as_dict(self) -> dict[str, Any]:
        """For the results file."""
        return asdict(self)


def median(nights: list[Night]) -> Night:
    """The night in the middle by its seconds; the slower one of two."""
    return sorted(nights, key=lambda one: one.seconds)[len(nights) // 2]


def measure(events: int, day_events: int, days: int, threads: int, say: Say) -> Measured:
    """Measure one history in the (empty) database that the PG* environment names.

    Args:
        events: size of the history of twelve months.
        day_events: events of each day after it.
        days: how many such days, each with its night.
        threads: as of ``nightly``.
        say: prints a line of progress.

    Raises:
        RunnerError: a run failed.
    """
    result = Measured(events)
    scenario = Scenario(events=events, days=365, seed=1, end=END, tracks_only=True)
    with database.session() as connection:
        say(f"{events:,} events: generating")
        started = time.monotonic()
        scenario.create_tables(connection)
        rows = sum(scenario.load_history(connection).values())
        result.generated_per_second = rows / (time.monotonic() - started)
        scenario.create_indexes(connection)
        _execute(connection, "vacuum analyze segment.tracks")
        result.tracks_mb = watch.sizes(connection, TRACKS)["tracks_bytes"] / 2**20
        say(f"{events:,} events: bare statement")
        started = time.monotonic()
        bare = sql.SQL(watch.query("bare_statement")).format(tracks=TRACKS)
        database.fetch_all(connection, bare)
        result.bare_statement_seconds = time.monotonic() - started
        _execute(connection, watch.query("business"))
        say(f"{events:,} events: first build")
        result.first_build = run_night(connection, threads)
        size = watch.sizes(connection, TRACKS)
        result.disk_ratio = size["project_bytes"] / size["tracks_bytes"]
        result.sessions = _count(connection, "sessions.all_sessions")
        # what autovacuum does in the hours between a first build and the next morning
        _execute(connection, "vacuum analyze")
        for day in range(1, days + 1):
            say(f"{events:,} events: day {day}, {day_events:,} more")
            scenario.load_day(connection, day_events, day)
            result.nights.append(run_night(connection, threads))
        say(f"{events:,} events: a night with nothing new")
        result.idle = run_night(connection, threads)
        for day in range(days + 1, 2 * days + 1):
            say(f"{events:,} events: day {day}, without the reporting models")
            scenario.load_day(connection, day_events, day)
            result.nights_without_reporting.append(
                run_night(connection, threads, WITHOUT_REPORTING)
            )
    return result


def run_night(connection: Any, threads: int, variables: Mapping[str, Any] = SHOP_INPUTS) -> Night:
    """Run the nightly as its users do, and watch the server meanwhile."""
    before = watch.rows_written(connection)
    night = Night()
    with tempfile.TemporaryDirectory() as folder, watch.TempFiles() as temp:
        summary = Path(folder) / "summary.json"
        command = [sys.executable, "-m", "runner", "nightly"]
        command += ["--threads", str(threads), "--summary-file", str(summary)]
        command += ["--vars", json.dumps(variables)]
        started = time.monotonic()
        done = subprocess.run(
            command, cwd=PROJECT_DIR, env=dict(os.environ), capture_output=True, text=True
        )
        night.seconds = time.monotonic() - started
        if done.returncode:
            raise RunnerError(f"the nightly ended with {done.returncode}: {done.stderr.strip()}")
        told = json.loads(summary.read_text("utf-8"))
    night.steps = {**told["steps"], **told["models"]}
    night.peak_temp_mb = temp.peak / 2**20
    night.rows_written = watch.difference(before, watch.rows_written(connection))
    return night


def _execute(connection: Any, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _count(connection: Any, table: str) -> int:
    rows = database.fetch_all(connection, f"select count(*) as count from {table}")
    return int(rows[0]["count"])
