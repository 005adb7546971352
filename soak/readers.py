"""Readers of every table during every command, on a history of some size: how long they wait."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runner.embedded import EmbeddedServer
from runner.project import PROJECT_DIR
from runner.synthetic import Scenario
from tests.support.readers import Readers, letting_go_after
from tests.support.servers import connect
from tests.support.warehouse import Warehouse, Workplace

TEMPLATE = "read_warehouse"
DBT = "from dbt.cli.main import cli; cli()"
MODELS = (
    *("app_tracks", "rejected_events", "identity_calls", "known_pairs", "identity_map"),
    *("identity_sessions", "all_sessions", "useful_sessions", "excluded_sessions"),
    *("attribution", "touch_credit", "signup_activity"),
)
COMMANDS: dict[str, tuple[str, ...]] = {
    "nightly, a new month and a new column": (
        *("nightly", "--premake", "5", "--vars", '{"extra_columns": ["plan"]}'),
    ),
    "nightly, a changed session timeout": ("nightly", "--vars", '{"session_timeout_minutes": 45}'),
    "nightly, changed blocked_ids": ("nightly", "--vars", '{"blocked_ids": ["somebody"]}'),
    **{
        f"nightly --full-refresh {model}": ("nightly", "--full-refresh", model, "--yes")
        for model in MODELS
    },
    "nightly --full-refresh": ("nightly", "--full-refresh", "--yes"),
    "dbt build --full-refresh": ("dbt", "build", "--full-refresh"),
    "rollover --premake 6": ("rollover", "--premake", "6"),
    # each month leaves when all queries that were planned with it have ended
    "rollover --retain 2": ("rollover", "--retain", "2", "--wait", "600"),
    "reindex --all": ("reindex", "--all"),
    "check --fix": ("check", "--fix"),
}


@dataclass
class Reading:
    """What readers met during one command.

    Attributes:
        command: its name.
        seconds: how long it took, with a reader whose transaction stays open at first.
        probes: how many queries were started meanwhile.
        lock_wait_ms: the longest wait for a lock, as the server tells it; 0 if below 10 ms.
        slowest_ms: the slowest answer, the machine's load included.
        faults: waits that are too long, errors, rows of neither before nor after.
    """

    command: str
    seconds: float
    probes: int
    lock_wait_ms: float
    slowest_ms: float
    faults: Sequence[str]

    def __str__(self) -> str:
        return (
            f"{self.command}: {self.seconds:.1f} s, {self.probes:,} queries, longest wait for a "
            f"lock {self.lock_wait_ms:.0f} ms, slowest answer {self.slowest_ms:.0f} ms: "
            + ("; ".join(self.faults) or "right")
        )


def soak(
    events: int,
    hold: float,
    seed: int,
    folder: Path,
    say: Callable[[str], None],
    commands: Sequence[str] = tuple(COMMANDS),
) -> list[Reading]:
    """Run each command once, from the same start.

    Args:
        events: of the history.
        hold: seconds after which the readers' open transactions end.
        seed: of the history.
        folder: for dbt's files.
        say: is told each outcome.
        commands: which, by their names.
    """
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=8)
    scenario = Scenario(events=events, days=150, seed=seed, end=end)
    done = []
    with EmbeddedServer() as server:
        with closing(connect(server)) as connection, connection.cursor() as cursor:
            cursor.execute("create database warehouse")
        with closing(Warehouse(server, "warehouse", Workplace(folder))) as warehouse:
            scenario.create_tables(warehouse.connection)
            for _ in scenario.load_history(warehouse.connection):
                pass
            warehouse.nightly()
            warehouse.keep_as(TEMPLATE)
            for command in commands:
                warehouse.start_from(TEMPLATE)
                if command.startswith("nightly, a new"):
                    _bring_a_month_and_a_column(warehouse, scenario)
                done.append(_read_during(command, warehouse, hold))
                say(str(done[-1]))
    return done


def _bring_a_month_and_a_column(warehouse: Warehouse, scenario: Scenario) -> None:
    """A day of visits, somebody of three years ago, and one more column of the source."""
    scenario.load_day(warehouse.connection, scenario.events // 100)
    warehouse.execute("alter table segment.tracks add column plan text")
    now = datetime.now(UTC)
    row = {"id": "of old", "anonymous_id": "of old", "plan": "free", "received_at": now}
    warehouse.insert("segment", "tracks", [{**row, "timestamp": now - timedelta(days=3 * 365)}])


def _read_during(command: str, warehouse: Warehouse, hold: float) -> Reading:
    words = COMMANDS[command]
    call = ["-c", DBT, *words[1:]] if words[0] == "dbt" else ["-m", "runner", *words]
    environment = warehouse.environment()
    environment["DBT_PROFILES_DIR"] = str(warehouse.workplace.profiles)
    started = time.monotonic()
    with (
        Readers(warehouse.server, warehouse.database) as readers,
        letting_go_after(readers, hold),
    ):
        ended = subprocess.run(
            [sys.executable, *call],
            cwd=PROJECT_DIR,
            env=environment,
            capture_output=True,
            text=True,
        )
        seconds = time.monotonic() - started
    # months that leave do so one at a time: each state in between is a whole one
    faults = readers.waits() if "--retain" in words else readers.faults()
    faults += [f"{one.table}: {error}" for one in readers.probes for error in one.errors]
    if ended.returncode:
        faults.append(f"exit code {ended.returncode}: {(ended.stderr or ended.stdout)[-300:]}")
    return Reading(
        command,
        seconds,
        sum(probe.count for probe in readers.probes),
        readers.longest_wait_ms,
        max(probe.slowest_ms for probe in readers.probes),
        faults,
    )
