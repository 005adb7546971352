"""One run under the eyes of those who watch it, from before its first step to after its last."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from runner import __version__
from runner.errors import RunnerError
from runner.options import NightlyOptions
from runner.watching import RunEnd, RunStart, Watchers

if TYPE_CHECKING:
    from runner.gauges import Gauges
    from runner.project import Project
    from runner.runlog import Attempt
    from runner.summary import NightSummary


class WatchedRun:
    """Tells the watchers that a run begins and how it ended, whatever ends it.

    Args:
        options: of the run.
        watchers: who is told.
        project: whose dbt events are passed on.

    Attributes:
        attempts, summary, gauges, unresolved, is_recorded, is_finished: what the run knows of
            itself at its end, as ``RunEnd`` has it.
    """

    def __init__(self, options: NightlyOptions, watchers: Watchers, project: Project) -> None:
        self.watchers = watchers
        self.project = project
        self.start = RunStart(
            str(uuid.uuid4()),
            options.told(),
            __version__,
            os.environ.get("DBT_TARGET", "prod"),
            place(),
        )
        self.attempts: Sequence[Attempt] = ()
        self.summary: NightSummary | None = None
        self.gauges: Gauges | None = None
        self.unresolved: Sequence[Mapping[str, Any]] = ()
        self.is_recorded = False
        self.is_finished = False

    def __enter__(self) -> WatchedRun:
        self._began = time.monotonic()
        if self.watchers:
            self.project.on_dbt_event = self.watchers.dbt_event
            self.project.wants_debug = self.watchers.wants_debug
            self.watchers.run_started(self.start)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self.watchers:
            return
        self.project.on_dbt_event, self.project.wants_debug = None, False
        status, exit_code, line = _ending(error)
        summary = self.summary
        self.watchers.run_ended(
            RunEnd(
                self.start,
                time.monotonic() - self._began,
                status,
                exit_code,
                line,
                type(error).__name__ if error is not None else "",
                self.attempts,
                summary.steps if summary else {},
                summary.accounts if summary else (),
                summary.totals if summary else {},
                self.gauges,
                self.is_recorded,
                self.is_finished,
                self.unresolved,
            )
        )


def place() -> str:
    """Database and server, as the PG* environment names them."""
    user = os.environ.get("PGUSER", "postgres")
    host = os.environ.get("PGHOST", "localhost")
    port = os.environ.get("PGPORT", "5432")
    return f"{os.environ.get('PGDATABASE', user)} on {host}:{port}"


def _ending(error: BaseException | None) -> tuple[str, int, str | None]:
    """Status, exit code and line of a run that ended with this."""
    if error is None:
        return "done", 0, None
    if isinstance(error, KeyboardInterrupt):
        return "stopped", getattr(error, "exit_code", 130), "stopped by a signal"
    if isinstance(error, RunnerError):
        return "failed", error.exit_code, str(error)
    return "failed", 1, f"{type(error).__name__}: {error}"
