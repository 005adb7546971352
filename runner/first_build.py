"""A first build by months: memory and temporary disk bounded by a month, several at a time,
and a killed build goes on where it was.

What a part does stands in the models (``build_step`` in macros/first_build); here is their order.
Each part and the note that it is done are one transaction.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import shutil
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2.extensions
from psycopg2 import sql

from runner import database, dbt_templates
from runner.console import Reporter
from runner.errors import RunnerError, WorkerDied
from runner.partitions import Month, add_month, partition_sets
from runner.project import Project
from runner.runlock import wait_for_parent
from runner.statistics import analyze_whole
from runner.watching import Watcher

ALWAYS = ("-infinity", "infinity")
SESSIONS_A_BUCKET = 5_000_000
EVENTS_A_SESSION = 8
# by these the tables behind all_sessions are joined to it, and picked from it
JOINED_BY = ("alias_id", "started_at", "session_number", "signup_at", "is_paid", "exclusion_reason")


@dataclass(frozen=True)
class Part:
    """One piece of work that is done in one transaction.

    Attributes:
        model: the model that does it.
        kind: the step, as the model knows it.
        name: the month or bucket; empty where the step has one part only.
        rows: how many events it is expected to take in, for the progress line.
        settings: what else the model is told.
    """

    model: str
    kind: str
    name: str = ""
    rows: int = 0
    settings: tuple[tuple[str, Any], ...] = ()

    @property
    def variables(self) -> dict[str, Any]:
        """The model's ``build_step``."""
        return {"build_step": {"kind": self.kind, "part": self.name, **dict(self.settings)}}


class FirstBuild:
    """The order of a first build.

    Args:
        connection: to read the plan and what is done; in autocommit mode.
        project: the parsed project; its workers share the parse.
        variables: settings of this run.
        schema: schema of the stages on this target.
        threads: months at a time.
        reporter: where progress is shown.
        watcher: is told of each part.
    """

    def __init__(
        self,
        connection: psycopg2.extensions.connection,
        project: Project,
        variables: Mapping[str, Any],
        schema: str,
        threads: int,
        reporter: Reporter,
        watcher: Watcher | None = None,
    ) -> None:
        self.connection = connection
        self.project = project
        self.variables = {**project.variables, **variables}
        self.schema = schema
        self.threads = threads
        self.reporter = reporter
        self.watcher = watcher or Watcher()

    def run(self) -> None:
        """Do what is not done yet; the last step is left to the nightly's own build.

        Raises:
            RunnerError: a part failed; the next run goes on there.
        """
        # workers are started anew, not forked: dbt holds locks that a fork would copy locked
        self._pool = ProcessPoolExecutor(
            self.threads,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(self.project.variables, self.project.directory, self.project.state),
        )
        try:
            self._run()
        except BaseException as error:
            for process in list((self._pool._processes or {}).values()):
                process.terminate()
            self._pool.shutdown(wait=False, cancel_futures=True)
            if isinstance(error, BrokenProcessPool):
                raise WorkerDied(
                    "first build: a worker process died, maybe for want of memory: run again, it "
                    "goes on with the parts that are left; --threads 1 needs less memory"
                ) from None
            raise
        self._pool.shutdown()

    def _run(self) -> None:
        for _ in range(self.threads):
            self._pool.submit(os.getpid)
        self.project.invoke(["seed"], self.variables)
        self.project.invoke(
            ["run", "--select", "build_steps", "build_plan", "path:models/privacy"],
            {**self.variables, "build_step": {"kind": "plan"}},
        )
        plan = self._read("build_plan")
        events = {row["month"]: row["row_count"] for row in plan if row["kind"] == "event"}
        arrivals = {row["month"]: row["row_count"] for row in plan if row["kind"] == "arrival"}
        months = tuple(sorted(events))
        total = sum(events.values())
        self.reporter.line(f"first build: {total:,} events in {len(months)} months")
        self._prepare("app_tracks", months)
        self._do(_arrival_parts(arrivals), "events read")
        self._do([Part("app_tracks", "indexes")])
        self._do(_duplicate_parts(total, self.threads), "events compared")
        self._prepare("identity_sessions", months)
        self._do(_event_parts(events), "events sessionized")
        self._do([Part("identity_sessions", "indexes")])
        self._join_edges()
        self._prepare("all_sessions", months)
        self._do(_buckets(total, self._bucket_count(total)), "events merged by person")
        self._do([Part("all_sessions", "indexes")])
        self._analyze("all_sessions", JOINED_BY)

    def _join_edges(self) -> None:
        """Links and the identity map, and the runs that the end of a month has cut.

        The first lot from the beginning, whatever an earlier try has left of it: as increments its
        models would look for lists that only a night has.
        """
        edges = Part("identity_sessions", "edges")
        if (edges.model, edges.kind, edges.name) in self._done():
            return
        variables = {**self.variables, **edges.variables}
        self.project.invoke(
            [
                "run",
                "--full-refresh",
                "--select",
                "rebuild_requests arrived_events arrived_identity_calls touched_identities",
                "touched_links identity_calls known_pairs identity_map",
            ],
            variables,
        )
        self._do([edges])
        for model in ("known_pairs", "identity_map"):
            self._analyze(model)

    def _bucket_count(self, events: int) -> int:
        """How many lots people are merged in; as many as at an earlier try that merged some."""
        for model, kind, name in self._done():
            if (model, kind) == ("all_sessions", "merge"):
                return int(name.rpartition(" of ")[2])
        return max(self.threads, -(-events // (EVENTS_A_SESSION * SESSIONS_A_BUCKET)))

    def _done(self) -> set[tuple[str, str, str]]:
        """Model, kind and name of the parts that are done."""
        rows = self._read("build_steps")
        return {(row["model_name"], row["kind"], row["part"]) for row in rows}

    def _prepare(self, model: str, months: tuple[str, ...]) -> None:
        """An empty table with its months; those that turned up since an earlier try are added."""
        self._do([Part(model, "prepare", settings=(("months", months),))])
        schemas = [self.project.schema_of(model)]
        for table in partition_sets(self.connection, schemas):
            for month in map(_month, months):
                if table.table == model and month.suffix not in table.months:
                    add_month(self.connection, table, month)

    def _read(self, query: str) -> list[dict[str, Any]]:
        statement = sql.SQL(database.load_query(query)).format(schema=sql.Identifier(self.schema))
        return database.fetch_all(self.connection, statement)

    def _analyze(self, model: str, columns: Sequence[str] = ()) -> None:
        """What is looked up from now on, as in any night."""
        analyze_whole(self.connection, self.project.schema_of(model), model, columns)

    def _do(self, parts: Iterable[Part], what: str = "") -> None:
        """Do the parts that are not done, several at a time, and tell how far it is.

        Args:
            parts: what to do.
            what: what a part's rows are called.
        """
        done = self._done()
        parts = list(parts)
        left = [part for part in parts if (part.model, part.kind, part.name) not in done]
        if len(left) <= 1 or self.threads == 1:
            for part in left:
                started = time.monotonic()
                _run_part(self.project, part, self.variables)
                self._tell(part, time.monotonic() - started)
            return
        started = time.monotonic()
        finished = 0
        jobs: dict[Future[None], Part] = {
            self._pool.submit(_run_in_worker, part, self.variables): part for part in left
        }
        for job in as_completed(jobs):
            job.result()
            finished += jobs[job].rows
            seconds = time.monotonic() - started
            part = f"{jobs[job].kind} {jobs[job].name}".strip()
            self.watcher.part_ended(jobs[job].model, part, jobs[job].rows, seconds)
            rest = sum(part.rows for part in left) - finished
            self._progress(jobs[job], what, finished, rest, seconds)

    def _tell(self, part: Part, seconds: float) -> None:
        self.watcher.part_ended(part.model, f"{part.kind} {part.name}".strip(), part.rows, seconds)
        self.reporter.line(f"  {part.model} {part.kind} {part.name:<10} {seconds:6.1f} s")

    def _progress(self, part: Part, what: str, finished: int, rest: int, seconds: float) -> None:
        rate = finished / seconds if seconds else 0.0
        remaining = timedelta(seconds=round(rest / rate)) if rate else "?"
        self.reporter.line(
            f"  {part.name}: {finished:,} {what}, {rate:,.0f} a second, {remaining} left"
        )


def is_unfinished(steps: list[dict[str, Any]]) -> bool:
    """Whether a first build by months was begun and not ended."""
    return bool(steps) and not any(step["kind"] == "finish" for step in steps)


_worker: Project | None = None


def _start_worker(variables: dict[str, Any], directory: Path, state: Path) -> None:
    """A worker has a folder of its own for dbt's files, and starts from the parse at hand.

    That is of use only with the variables it was made with.
    """
    global _worker
    # a killed runner leaves no worker behind that still writes
    threading.Thread(target=wait_for_parent, args=(os.getppid(),), daemon=True).start()
    own = state / "workers" / str(os.getpid())
    own.mkdir(parents=True, exist_ok=True)
    for made in (state / "partial_parse.msgpack", dbt_templates.Templates(state).path):
        if made.exists():
            shutil.copy(made, own)
    _worker = Project(variables, directory, own)
    _worker.parse()
    atexit.register(shutil.rmtree, own, ignore_errors=True)


def _run_in_worker(part: Part, variables: Mapping[str, Any]) -> None:
    assert _worker is not None
    _run_part(_worker, part, variables)


def _run_part(project: Project, part: Part, variables: Mapping[str, Any]) -> None:
    """Run one model with its part."""
    try:
        project.invoke(["run", "--select", part.model], {**variables, **part.variables})
    except RunnerError as error:
        # the same error: its SQLSTATE says whether another attempt has a chance
        error.args = (f"{part.kind} {part.name}: {error}",)
        raise


def _month(text: str) -> Month:
    year, number = text.split("-")
    return Month(int(year), int(number))


def _arrival_parts(arrivals: dict[str, int]) -> list[Part]:
    """Months of arrival; the first and the last are open to their side, so nothing is left out."""
    parts = []
    ordered = sorted(arrivals)
    for position, month in enumerate(ordered):
        first = ALWAYS[0] if position == 0 else f"{_month(month).start} 00:00:00+00"
        following = ordered[position + 1] if position + 1 < len(ordered) else None
        last = ALWAYS[1] if following is None else f"{_month(following).start} 00:00:00+00"
        parts.append(
            Part("app_tracks", "events", month, arrivals[month], (("from", first), ("to", last)))
        )
    return parts


def _duplicate_parts(events: int, threads: int) -> list[Part]:
    """Ranges of hashes of ids: one for each thread, for each of them reads all months once."""
    return [
        Part(
            "app_tracks",
            "duplicates",
            f"{share + 1} of {threads}",
            events // threads,
            (("share", share), ("shares", threads)),
        )
        for share in range(threads)
    ]


def _event_parts(events: dict[str, int]) -> list[Part]:
    """Months of event time."""
    return [
        Part(
            "identity_sessions",
            "sessions",
            month,
            rows,
            (
                ("from", f"{_month(month).start} 00:00:00+00"),
                ("to", f"{_month(month).plus(1).start} 00:00:00+00"),
            ),
        )
        for month, rows in sorted(events.items())
    ]


def _buckets(events: int, count: int) -> list[Part]:
    """People by hash: each bucket holds all runs of its people."""
    return [
        Part(
            "all_sessions",
            "merge",
            f"{bucket + 1} of {count}",
            events // count,
            (("bucket", bucket), ("buckets", count)),
        )
        for bucket in range(count)
    ]
