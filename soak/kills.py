"""Processes die at random moments of a run; one more run gives what an undisturbed one would."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.errors

from runner import checks
from runner.embedded import EmbeddedServer
from runner.embedded_settings import TEST_SETTINGS
from runner.synthetic import Scenario
from tests.support.servers import connect
from tests.support.waiting import eventually
from tests.support.warehouse import OUTPUT_SCHEMAS, SNAPSHOT_TABLES, Row, Warehouse

# orphaned temporary tables of a crash are the server's to remove: autovacuum does
SETTINGS = {**TEST_SETTINGS, "autovacuum_naptime": "1s"}
RUNS = ("first build", "night")
VICTIMS = ("runner", "worker", "backend", "postmaster")
# in turn, so that each run meets each victim
PAIRS = [(run, victim) for victim in VICTIMS for run in RUNS]
COMMANDS = {"first build": ("nightly", "--by-month"), "night": ("nightly",)}
PATIENCE = 180.0
SAME = (
    *SNAPSHOT_TABLES,
    "aliasing.identity_calls",
    "partitioning.source_cursors",
    "partitioning.source_columns",
    "sessions_stages.settings_in_force",
    "reference.referrer_hosts",
    "reference.ga4_source_categories",
    "reference.source_aliases",
    "reference.channel_rules",
    "reference.crawler_user_agents",
)
EMPTY = tuple(
    f"sessions_stages.{name}"
    for name in (
        *("arrived_events", "arrived_identity_calls", "touched_identities", "touched_links"),
        *("touched_aliases", "map_changes", "rebuild_requests", "night_checks"),
    )
)
LEFTOVERS = """
select 'table of dbt' as what, relname::text as name from pg_class
where relname like '%\\_\\_dbt\\_%'
union all
select 'temporary table', relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
where nspname like 'pg_temp%' and relkind in ('r', 'v')
union all
select 'invalid index', indexrelid::regclass::text from pg_index
where not (indisvalid and indisready and indislive)
union all
select 'pending detach', inhrelid::regclass::text from pg_inherits where inhdetachpending
union all
select 'month outside its table', lone.oid::regclass::text from pg_class as parent
join pg_class as lone on lone.relnamespace = parent.relnamespace and lone.relkind = 'r'
    and not lone.relispartition and lone.relname ~ ('^' || parent.relname || '_[0-9]{4,}_[0-9]{2}')
where parent.relkind = 'p'
"""


@dataclass
class Kill:
    """One process that died, and what came of it.

    Attributes:
        run: what was under way.
        victim: who died.
        after: seconds after the run's first session.
        step: what the run was doing, as far as its log got.
        exit_code: of the disturbed run; None where the run itself was killed.
        faults: what differs from an undisturbed run, or was left over; nothing is right.
        seconds: how long the one more run took.
    """

    run: str
    victim: str
    after: float
    step: str = ""
    exit_code: int | None = None
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        code = "killed" if self.exit_code is None else f"exit code {self.exit_code}"
        verdict = "; ".join(self.faults) or "right"
        return (
            f"{self.run}: {self.victim} after {self.after:.2f} s in {self.step or 'no step'} "
            f"({code}), one more run of {self.seconds:.1f} s: {verdict}"
        )


class Kills:
    """A history, an undisturbed first build and night of it, and as many disturbed ones as wanted.

    Args:
        warehouse: an empty database on a server of its own, that may crash.
        events: of the history.
        day: events of the day after it.
        days: length of the history.
        seed: of the moments and the victims.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        events: int = 2000,
        day: int = 400,
        days: int = 45,
        seed: int = 1,
    ) -> None:
        self.warehouse = warehouse
        self.random = random.Random(seed)
        self.expected: dict[str, dict[str, list[Row]]] = {}
        self.lasts: dict[str, float] = {}
        self._day = day
        self._scenario = Scenario(
            events=events, days=days, seed=seed, end=datetime(2026, 3, 20, tzinfo=UTC)
        )

    def prepare(self) -> None:
        """Build both undisturbed, once, and keep where they started from."""
        warehouse, scenario = self.warehouse, self._scenario
        scenario.create_tables(warehouse.connection)
        for _ in scenario.load_history(warehouse.connection):
            pass
        self._undisturbed("first build")
        scenario.load_day(warehouse.connection, self._day)
        self._late_links_and_a_new_month()
        self._undisturbed("night")

    def kill(self, run: str, victim: str) -> Kill:
        """Kill one at a random moment, run once more, and compare.

        A draw whose run ended before its moment came is drawn again.
        """
        while True:
            self.warehouse.start_from(_template(run))
            after = self.random.uniform(0.0, self.lasts[run])
            kill = Kill(run, victim, after)
            if self._disturb(kill):
                break
        started = time.monotonic()
        self._connect_again()
        try:
            self.warehouse.nightly(retry_for=timedelta(minutes=1))
        except Exception as error:
            kill.faults.append(f"the next run failed: {' '.join(str(error).split())}")
        kill.seconds = time.monotonic() - started
        kill.faults += self.faults(run)
        return kill

    def faults(self, run: str) -> list[str]:
        """How the tables differ from those of an undisturbed run, and what was left over."""
        found = []
        for table, expected in self.expected[run].items():
            rows = self._rows(table)
            if rows != expected:
                found.append(f"{table} has {len(rows)} rows, other than the {len(expected)} wanted")
        found += [f"{table} is not empty" for table in EMPTY if self._rows(table)]
        if not eventually(lambda: not self.warehouse.rows(LEFTOVERS), 15):
            found += [f"{row['what']} {row['name']}" for row in self.warehouse.rows(LEFTOVERS)]
        wrong = checks.run_checks(self.warehouse.connection, list(OUTPUT_SCHEMAS), ahead=3)
        return found + [f"{one.where}: {one.what}" for one in wrong if one.severity == checks.ERROR]

    def _rows(self, table: str) -> list[Row]:
        try:
            return self.warehouse.snapshot([table])[table]
        except psycopg2.errors.UndefinedTable:
            return [{"is": "missing"}]

    def _undisturbed(self, run: str) -> None:
        self.warehouse.keep_as(_template(run))
        process = self.warehouse.start(*COMMANDS[run])
        assert self._has_begun(process), process.communicate()
        started = time.monotonic()
        _, told = process.communicate(timeout=PATIENCE)
        self.lasts[run] = time.monotonic() - started
        assert process.returncode == 0, told
        self.expected[run] = self.warehouse.snapshot(SAME)

    def _late_links_and_a_new_month(self) -> None:
        """Visitors of the history turn out to be users, and one of them was here a year before."""
        warehouse = self.warehouse
        arrived = self._scenario.end + timedelta(days=1)
        known = warehouse.rows(
            "select distinct anonymous_id from segment.tracks where user_id is null"
            " and anonymous_id is not null order by anonymous_id limit 40"
        )
        rows: list[dict[str, Any]] = [
            {
                "id": f"late link {number}",
                "anonymous_id": row["anonymous_id"],
                "user_id": f"late user {number % 25}",
                "timestamp": arrived,
                "received_at": arrived,
            }
            for number, row in enumerate(known)
        ]
        warehouse.insert("segment", "identifies", rows)
        early = {"id": "early", "event": "signed_up", "timestamp": arrived - timedelta(days=365)}
        warehouse.insert("segment", "tracks", [{**rows[0], **early}])

    def _has_begun(self, process: subprocess.Popen[str]) -> bool:
        def has_a_session() -> bool:
            return process.poll() is not None or bool(self._sessions())

        return eventually(has_a_session, PATIENCE) and process.poll() is None

    def _sessions(self) -> list[int]:
        found = self.warehouse.rows(
            "select pid from pg_stat_activity where application_name like 'segment_attribution%'"
            " order by pid"
        )
        return [row["pid"] for row in found]

    def _disturb(self, kill: Kill) -> bool:
        process = self.warehouse.start(*COMMANDS[kill.run], "--retry-for", "2m")
        try:
            assert self._has_begun(process), process.communicate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(kill.after)
                return False
            kill.step = self._step()
            self._strike(kill, process)
            if kill.victim == "runner":
                process.wait(PATIENCE)
                return eventually(lambda: not self._sessions(), 10)
            _, told = process.communicate(timeout=PATIENCE)
            kill.exit_code = process.returncode
            if kill.exit_code and kill.victim in ("backend", "postmaster"):
                last = " ".join(told.split()[-60:])
                kill.faults.append(f"the run did not go on when the server was back: {last}")
            return True
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def _strike(self, kill: Kill, process: subprocess.Popen[str]) -> None:
        server = self.warehouse.server
        sessions, workers = self._sessions(), _workers(process.pid)
        if kill.victim == "worker" and not workers:
            kill.victim = "runner"
        if kill.victim == "runner":
            process.kill()
        elif kill.victim == "worker":
            _kill(self.random.choice(workers))
        elif kill.victim == "backend" and sessions:
            _kill(self.random.choice(sessions))
        else:
            kill.victim = "postmaster"
            server.restart(signal.SIGKILL)
        if kill.victim in ("backend", "postmaster"):
            self._connect_again()

    def _step(self) -> str:
        with contextlib.suppress(psycopg2.Error):
            found = self.warehouse.rows(
                "select step_name from ops.steps where outcome = 'running'"
                " order by started_at desc limit 1"
            )
            return found[0]["step_name"] if found else ""
        return ""

    def _connect_again(self) -> None:
        self.warehouse.connection.close()

        def is_up() -> bool:
            with contextlib.suppress(psycopg2.Error):
                self.warehouse.connection = connect(self.warehouse.server, self.warehouse.database)
                return True
            return False

        assert eventually(is_up, PATIENCE)


def soak(
    moments: int,
    seed: int,
    folder: Path,
    say: Callable[[str], None],
    pairs: Sequence[tuple[str, str]] = PAIRS,
) -> Sequence[Kill]:
    """Kill so many, on a server of its own.

    Args:
        moments: how many.
        seed: of the history, the moments and the victims.
        folder: for dbt's files.
        say: is told each outcome.
        pairs: runs and their victims, in turn.
    """
    from tests.support.warehouse import Workplace

    done = []
    with EmbeddedServer(settings=SETTINGS) as server:
        with closing(connect(server)) as connection, connection.cursor() as cursor:
            cursor.execute("create database warehouse")
        with closing(Warehouse(server, "warehouse", Workplace(folder))) as warehouse:
            kills = Kills(warehouse, seed=seed)
            kills.prepare()
            say(", ".join(f"{run} {lasts:.1f} s" for run, lasts in kills.lasts.items()))
            for number in range(1, moments + 1):
                run, victim = pairs[(number - 1) % len(pairs)]
                done.append(kills.kill(run, victim))
                say(f"{number}: {done[-1]}")
    return done


def _template(run: str) -> str:
    return "before_" + run.replace(" ", "_")


def _workers(pid: int) -> list[int]:
    """Child processes that build months; not the one that keeps an eye on them."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    pids = [int(one) for path in children for one in path.read_text("utf-8").split()]
    return [one for one in pids if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
