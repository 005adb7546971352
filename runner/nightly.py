"""The night: one run at a time, months present, models built, what they say verified."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import psycopg2
import psycopg2.extensions

from runner import advice, checks, database, gauges, locks, partitions, reindex, statistics
from runner.console import Reporter
from runner.errors import (
    BlockedByLocks,
    NothingToResume,
    ProjectError,
    RunLockLost,
    RunnerError,
    StepFailed,
    VerificationFailed,
)
from runner.night_models import Models, source_schemas
from runner.options import NightlyOptions
from runner.project import Project
from runner.retrying import can_heal, is_busy, retry, sqlstate_of
from runner.runlock import RunLock
from runner.runlog import RunLog
from runner.steps import Steps
from runner.stopping import SESSION_OPTIONS, Stopping, session_options, stopped_by_signals
from runner.summary import NightSummary, read_accounts
from runner.watched import WatchedRun
from runner.watching import Watchers

__all__ = ["NightSummary", "NightlyOptions", "run_nightly"]

OLDEST_VERSION = 150000
MOST_NAMED = 3
# what a run that is resumed does again: it looks at what may have changed since
LOOKS = {"run lock", "locks", "source columns"}


class Night:
    """One run.

    Args:
        options: settings of this run.
        reporter: where progress is shown.
        project: the parsed dbt project.
        watched: is told what becomes of it; nobody is if None.
    """

    def __init__(
        self,
        options: NightlyOptions,
        reporter: Reporter,
        project: Project,
        watched: WatchedRun | None = None,
    ) -> None:
        watched = watched or WatchedRun(options, Watchers(), project)
        self.options = options
        self.watched = watched
        self.reporter = reporter
        self.project = project
        self.summary = NightSummary()
        self.settings = {**project.settings(), **options.variables}
        self.schemas = project.schemas()
        run_id = watched.start.run_id
        self.log = RunLog(project.schema_of("runs"), options.told(), self.settings, run_id)
        watched.attempts, watched.summary = self.log.attempts, self.summary
        self._began_at: datetime | None = None
        self._had_lock = False

    def run(self) -> NightSummary:
        """Do the steps, each under the run lock.

        Raises:
            RunnerError: one line that says what failed and what to do.
            KeyboardInterrupt: a signal stopped it.
        """
        try:
            with stopped_by_signals() as stopping:
                self._under_lock(stopping)
        except RunnerError as error:
            self._finish("failed", error.exit_code, str(error))
            raise
        except psycopg2.Error as error:
            failed = StepFailed(" ".join(str(error).split()), sqlstate_of(error))
            self._finish("failed", failed.exit_code, str(failed))
            raise failed from None
        except KeyboardInterrupt as stop:
            self._finish("stopped", getattr(stop, "exit_code", 130), "stopped")
            raise
        except BaseException as error:
            self._finish("failed", 1, f"{type(error).__name__}: {error}")
            raise
        self._finish("done", 0, None)
        return self.summary

    def _under_lock(self, stopping: Stopping) -> None:
        """Where the lock's connection dies, all that is under way ends; then, if nobody else has
        taken the lock meanwhile, the run goes on where it was: a server may have failed over."""
        give_up_at = time.monotonic() + self.options.retry_for.total_seconds()
        steps: Steps | None = None
        while True:
            lock = RunLock()
            asked_at = time.monotonic()
            # a wrong host or port is not tried for hours; a server that was there is
            retry(lock.take, self.options.retry_for, heals=can_heal if steps else is_busy)
            try:
                with lock:
                    self._had_lock = True
                    seconds = time.monotonic() - asked_at
                    taken = self.log.note("run lock", "done", seconds=seconds)
                    self.watched.watchers.attempt_ended(taken)
                    steps = steps or self._prepare()
                    self._do(steps)
                    return
            except RunLockLost as error:
                stopping.is_on = False
                if steps:
                    # the server that takes over may not have what was done last
                    steps.skipped.clear()
                    self.models.nodes_left = ()
                if time.monotonic() > give_up_at:
                    raise
                self.reporter.line(f"{error}; taking it again")

    def _prepare(self) -> Steps:
        # the lock may have been given the last connection there was
        self._began_at = retry(_server_time, self.options.retry_for)
        skipped, nodes_left = self.resumed()
        watcher = self.watched.watchers
        self.log.write()
        for died in self.log.died:
            watcher.run_died(self.watched.start, died)
        self.models = Models(self.project, self.options, self.reporter, nodes_left, watcher)
        steps = Steps(
            self.log, self.reporter, self.options.retry_for, self._who_blocks, skipped, watcher
        )
        if self.options.on_block == "skip":
            steps.skip_if = self._who_blocks
        self.summary.steps = steps.seconds
        return steps

    def _do(self, steps: Steps) -> None:
        models = self.models
        steps.do("locks", self._wait_for_locks, lambda waited: None)
        steps.do("source columns", models.check_source, lambda nothing: None, needs_locks=False)
        steps.do("months", self._add_months, len)
        steps.do("models", models.build, lambda built: built)
        self.summary.models = models.seconds
        # months of events that turned up have new tables beside them
        steps.do("months ahead", self._add_months, len)
        if "models" not in steps.blocked:
            steps.do("verify", self._verify, lambda faults: faults)
        steps.do("reindex", self._reindex, lambda done: done)
        steps.do("analyze", self._analyze, len)
        steps.do("report", self._report, len, needs_locks=False)
        if "models" in steps.blocked:
            raise BlockedByLocks(
                f"models: skipped, because of {steps.blocked['models']}; start again when they are "
                "gone: python -m runner locks --wait 600"
            )

    def resumed(self) -> tuple[set[str], tuple[str, ...]]:
        """Steps the run before has done, and the models it left.

        Raises:
            NothingToResume: the run before ended well, or there was none.
        """
        if not self.options.resume:
            return set(), ()
        last = {row["step_name"]: row for row in self.log.last_attempts()}
        if not last or all(row["status"] == "done" for row in last.values()):
            raise NothingToResume("there is no unfinished run to resume: start without --resume")
        done = {name for name in last if last[name]["outcome"] in ("done", "skipped")}
        left = (last.get("models") or {}).get("nodes_left") or ""
        return done - LOOKS, tuple(filter(None, left.split(",")))

    def _wait_for_locks(self) -> None:
        """The policy for those who hold locks that a night would wait behind.

        Raises:
            BlockedByLocks: they are still in the way.
        """
        options = self.options
        seconds = 0.0 if options.on_block == "skip" else options.block_wait.total_seconds()
        with database.session() as connection:
            if options.on_block == "terminate":
                found = locks.blockers(connection, self.schemas)
                for outcome in locks.terminate_matching(connection, found, options.terminate):
                    self.reporter.line(f"locks: pid {outcome.session.pid}: {outcome.verdict}")
            left = locks.wait_until_free(connection, self.schemas, seconds)
        if left and options.on_block != "skip":
            raise BlockedByLocks(
                f"locks: in the way of this run: {_named(left)}; look with: python -m runner locks"
            )

    def _who_blocks(self) -> str:
        """Whom a step that was not given a lock waited for; nobody where that cannot be asked."""
        try:
            with database.session() as connection:
                return _named(locks.blockers(connection, self.schemas))
        except (psycopg2.Error, RunnerError):
            return ""

    def _reindex(self) -> int:
        """Rebuild bloated indexes in the minutes allowed; the next night goes on."""
        minutes = self.options.reindex_minutes
        if not minutes:
            return 0
        with database.session() as connection:
            due = reindex.due_indexes(connection, self.schemas)
        deadline = time.monotonic() + minutes * 60
        done = reindex.reindex(database.connect, due, deadline, self.schemas) if due else []
        for one in done:
            detail = f": {one.detail}" if one.detail else ""
            self.reporter.line(f"reindex: {one.index.name} {one.outcome}{detail}")
        return sum(one.outcome == "rebuilt" for one in done)

    def _add_months(self) -> list[Any]:
        with database.session() as connection:
            now = fetch_clock(connection)["server_time"]
            made = partitions.add_months_ahead(connection, self.schemas, now, self.options.premake)
        if made:
            self.reporter.line(f"months: {len(made)} partitions added")
        return made

    def _verify(self) -> int:
        """Whether each row that was read is accounted for, and the partitions are in order.

        Raises:
            VerificationFailed: they are not.
        """
        with database.session() as connection:
            read_accounts(
                connection,
                self.project,
                self.summary,
                self._began_at,
                may_touch_nobody=self.options.refresh_model is not None,
            )
            found = checks.run_checks(connection, self.schemas, ahead=min(1, self.options.premake))
        errors = [one for one in found if one.severity == checks.ERROR]
        if errors:
            first = errors[0]
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            raise VerificationFailed(
                f"{first.where}: {first.what}{more}; mend it with: {first.command or checks.MEND}"
            )
        return 0

    def _analyze(self) -> list[str]:
        """Statistics of whole partitioned tables: autovacuum gathers those of their months only."""
        with database.session() as connection:
            return statistics.analyze_due(connection, self.schemas)

    def _report(self) -> list[str]:
        """What the run remarked, and what would make the next one faster or sounder."""
        with database.session() as connection:
            self.summary.notices = [
                *self.models.notices,
                *advice.missing_indexes(connection, source_schemas(self.settings)),
                *advice.shared_ids(
                    connection, self.project.schema_of("known_pairs"), self.settings
                ),
            ]
        return self.summary.notices

    def _finish(self, status: str, exit_code: int, error: str | None) -> None:
        if not self._had_lock:
            # the log is that of the run which has it
            return
        counts = {
            key: sum(row[key] for row in self.summary.accounts)
            for key in ("rows_read", "rows_kept", "rows_duplicate", "rows_rejected")
        }
        if self.watched.watchers:
            self.watched.gauges = gauges.read_gauges(self.project)
            self.watched.unresolved = self.log.unresolved() if status == "done" else []
        self.log.finish(status, exit_code, error, counts)
        self.watched.is_recorded = self.log.has_run
        self.watched.is_finished = self.log.is_finished


def run_nightly(
    options: NightlyOptions | None = None,
    reporter: Reporter | None = None,
    project: Project | None = None,
    watchers: Watchers | None = None,
) -> NightSummary:
    """Run one night against the database that the PG* environment names.

    Args:
        options: settings of this run.
        reporter: where progress is shown; nowhere by default.
        project: the parsed dbt project, to reuse it in one process.
        watchers: log, metrics and alerts; none by default.

    Raises:
        AnotherRun: someone else's run goes on.
        RunnerError: one line that says what failed and what to do.
        KeyboardInterrupt: a signal stopped it; the next run goes on.
    """
    options = options or NightlyOptions()
    reporter = reporter or Reporter(quiet=True)
    project = project or Project(options.variables)
    with WatchedRun(options, watchers or Watchers(), project) as watched:
        _check_names(project, options)
        with session_options(SESSION_OPTIONS):
            return Night(options, reporter, project, watched).run()


def _check_names(project: Project, options: NightlyOptions) -> None:
    """A setting that nobody knows is a slip of the pen.

    Raises:
        ProjectError: names it.
    """
    for name in options.variables:
        if name not in project.settings():
            raise ProjectError(
                f"setting '{name}' (--vars) is unknown; README.md lists the settings"
            )
    if options.refresh_model and options.refresh_model not in project.model_names():
        raise ProjectError(
            f"--full-refresh {options.refresh_model}: there is no such model; README.md lists them"
        )


def _server_time() -> datetime:
    with database.session() as connection:
        time_there: datetime = fetch_clock(connection)["server_time"]
        return time_there


def fetch_clock(connection: psycopg2.extensions.connection) -> dict[str, Any]:
    """The server's time and version.

    Raises:
        RunnerError: the server is older than the project supports.
    """
    clock = database.fetch_all(connection, database.load_query("clock"))[0]
    if clock["version_number"] < OLDEST_VERSION:
        raise RunnerError(
            f"the server is PostgreSQL {clock['version']}; versions 15 to 18 are supported"
        )
    return clock


def _named(in_the_way: list[locks.Blocker]) -> str:
    told = [one.describe() for one in in_the_way[:MOST_NAMED]]
    if len(in_the_way) > MOST_NAMED:
        told.append(f"{len(in_the_way) - MOST_NAMED} more")
    return "; ".join(told)
