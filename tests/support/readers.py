"""Readers of every table while a command runs: how long they had to wait, and what they saw."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import psycopg2
import psycopg2.extensions
from psycopg2 import sql

from runner.embedded import EmbeddedServer
from tests.support.servers import ENVIRONMENT, connect

Connection = psycopg2.extensions.connection
Fingerprint = tuple[int, str]

OUTPUT_TABLES = (
    "partitioning.app_tracks",
    "partitioning.rejected_events",
    "aliasing.known_pairs",
    "aliasing.identity_map",
    "aliasing.identity_calls",
    "sessions_stages.identity_sessions",
    "sessions.all_sessions",
    "sessions.useful_sessions",
    "sessions.excluded_sessions",
    "sessions.attribution",
    "reporting.touch_credit",
    "reporting.signup_activity",
    "reporting.channel_performance",
    "reference.referrer_hosts",
    "reference.ga4_source_categories",
    "reference.source_aliases",
    "reference.channel_rules",
    "reference.crawler_user_agents",
)
INTERVAL = 0.05
LONGEST_WAIT_MS = 250.0
# the server tells each wait for a lock that took longer; told by it, a busy machine is no wait
SERVER_TELLS = (
    "-c deadlock_timeout=10ms -c log_lock_waits=on -c log_min_messages=log -c lc_messages=C"
)
ACQUIRED = re.compile(r"process (\d+) acquired (\w+) on .*? after ([\d.]+) ms")
STILL_WAITING = re.compile(r"process (\d+) still waiting for .*")


@dataclass
class Probe:
    """What somebody saw who reads one table again and again, each time anew.

    Attributes:
        table: with its schema.
        pid: of the backend that reads.
        count: how many times it was read.
        slowest_ms: the slowest answer, busy machine included.
        lock_wait_ms: the longest wait for a lock, by the server's log; 0 if below 10 ms.
        seen: count and hash of all rows, each time they differed from the time before.
        errors: what the server said instead of an answer.
    """

    table: str
    pid: int = 0
    count: int = 0
    slowest_ms: float = 0.0
    lock_wait_ms: float = 0.0
    seen: list[Fingerprint] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Readers:
    """A reader with an open transaction on each table, and one that reads each all the time.

    Args:
        server: a started server, with its log in a file.
        database: where the tables are.
        tables: with their schemas.
        isolation: of the open transactions.
        without: columns that do not count.
    """

    def __init__(
        self,
        server: EmbeddedServer,
        database: str,
        tables: Sequence[str] = OUTPUT_TABLES,
        isolation: str = "read committed",
        without: Sequence[str] = (),
    ) -> None:
        self.server = server
        self.database = database
        self.isolation = isolation
        self.probes = [Probe(table) for table in tables]
        self._queries = {table: self._query(table, without) for table in tables}
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        self._holder: Connection | None = None
        self._log_start = 0
        self.log_lines: list[str] = []
        self.before: dict[str, Fingerprint] = {}
        self.after: dict[str, Fingerprint] = {}

    def __enter__(self) -> Readers:
        self.before = self.look()
        self._log_start = self._log().stat().st_size
        self._holder = connect(self.server, self.database)
        with self._holder.cursor() as cursor:
            cursor.execute(f"begin isolation level {self.isolation}")
            for probe in self.probes:
                cursor.execute(sql.SQL("select * from {} limit 1").format(_name(probe.table)))
        for probe in self.probes:
            thread = threading.Thread(target=self._read, args=(probe,), daemon=True)
            self._threads.append(thread)
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.let_go()
        self._ended.set()
        for thread in self._threads:
            thread.join(60)
        self._read_log()
        if kind is None:
            self.after = self.look()

    def let_go(self) -> None:
        """The open transaction ends."""
        if self._holder is not None:
            self._holder.close()
            self._holder = None

    def look(self) -> dict[str, Fingerprint]:
        """What each table holds now, in the columns that it had at the start."""
        with contextlib.closing(connect(self.server, self.database)) as connection:
            return {table: _fetch(connection, query) for table, query in self._queries.items()}

    @property
    def longest_wait_ms(self) -> float:
        """The longest wait for a lock, of all probes."""
        return max(probe.lock_wait_ms for probe in self.probes)

    def faults(self) -> list[str]:
        """What no reader should meet: waits, errors, and rows of neither before nor after."""
        told = []
        for probe in self.probes:
            allowed = {self.before[probe.table], self.after[probe.table]}
            told += [f"{probe.table}: {error}" for error in probe.errors]
            told += [
                f"{probe.table}: {seen[0]} rows were seen that are neither those of before "
                f"({self.before[probe.table][0]}) nor those of after ({self.after[probe.table][0]})"
                for seen in probe.seen
                if seen not in allowed
            ]
        return [*told, *self.waits()]

    def waits(self) -> list[str]:
        """Probes that waited too long for a lock, and who held it."""
        late = [probe for probe in self.probes if probe.lock_wait_ms > LONGEST_WAIT_MS]
        return [
            f"{probe.table}: waited {probe.lock_wait_ms:.0f} ms for a lock: "
            + " | ".join(self._told_of(probe.pid))
            for probe in late
        ]

    def _query(self, table: str, without: Sequence[str]) -> sql.Composed:
        """Count and hash of all rows, in the columns of now: those that come do not disturb."""
        with (
            contextlib.closing(connect(self.server, self.database)) as other,
            other.cursor() as cursor,
        ):
            cursor.execute(
                "select attname from pg_attribute where attrelid = %s::regclass"
                " and attnum > 0 and not attisdropped order by attname",
                (table,),
            )
            columns = [row[0] for row in cursor.fetchall() if row[0] not in without]
        return sql.SQL(
            "select count(*), coalesce(sum(hashtextextended(row({})::text, 0)), 0)::text from {}"
        ).format(sql.SQL(", ").join(map(sql.Identifier, columns)), _name(table))

    def _read(self, probe: Probe) -> None:
        query = self._queries[probe.table]
        with contextlib.closing(self._connect()) as connection:
            probe.pid = connection.info.backend_pid
            last = False
            while not last:
                # once more behind the end, to see how it was left
                last = self._ended.is_set()
                started = time.monotonic()
                try:
                    found = _fetch(connection, query)
                except psycopg2.Error as error:
                    probe.errors.append(" ".join(str(error).split()))
                    if connection.closed:
                        return
                else:
                    if not probe.seen or probe.seen[-1] != found:
                        probe.seen.append(found)
                took = time.monotonic() - started
                probe.slowest_ms = max(probe.slowest_ms, 1000 * took)
                probe.count += 1
                self._ended.wait(max(0.0, INTERVAL - took))

    def _connect(self) -> Connection:
        with ENVIRONMENT:
            connection = psycopg2.connect(
                host="127.0.0.1",
                port=self.server.port,
                user="postgres",
                dbname=self.database,
                application_name="probe",
                options=f"-c timezone=UTC {SERVER_TELLS}",
            )
        connection.autocommit = True
        return connection

    def _log(self) -> Path:
        return self.server.log

    def _read_log(self) -> None:
        with self._log().open(encoding="utf-8", errors="replace") as file:
            file.seek(self._log_start)
            self.log_lines = file.read().splitlines()
        by_pid = {probe.pid: probe for probe in self.probes}
        for line in self.log_lines:
            found = ACQUIRED.search(line)
            if found and int(found[1]) in by_pid:
                probe = by_pid[int(found[1])]
                probe.lock_wait_ms = max(probe.lock_wait_ms, float(found[3]))

    def _told_of(self, pid: int) -> list[str]:
        told = []
        for number, line in enumerate(self.log_lines):
            found = STILL_WAITING.search(line)
            if found and int(found[1]) == pid:
                told += [one.strip() for one in self.log_lines[number : number + 2]]
        return told[-2:]


@contextlib.contextmanager
def letting_go_after(readers: Readers, seconds: float) -> Iterator[None]:
    """The open transaction ends after so long, whatever goes on."""
    timer = threading.Timer(seconds, readers.let_go)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _name(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


def _fetch(connection: Connection, query: sql.Composed) -> Fingerprint:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return row[0], row[1]
