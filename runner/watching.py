"""Those who watch a run: its log, its metrics, its alerts. None of them can fail it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from runner.masking import masked

if TYPE_CHECKING:
    from runner.gauges import Gauges
    from runner.project import NodeEvent
    from runner.runlog import Attempt

# where a run fails outside of its steps
WHOLE_RUN = "run"


@dataclass(frozen=True)
class RunStart:
    """A run that begins.

    Attributes:
        run_id: as ``ops.runs`` has it.
        command: options that differ from their defaults, as JSON.
        version: of the runner.
        target: of the dbt profile.
        place: database and server, as a person names them.
    """

    run_id: str
    command: str
    version: str
    target: str
    place: str
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class RunEnd:
    """A run that ended.

    Attributes:
        start: how it began.
        seconds: from the first thing it did to the last.
        status: done, failed or stopped.
        exit_code: what the process ends with.
        error: why it is not done; None if it is.
        kind: class of the error.
        attempts: of its steps, in order.
        step_seconds: by step, attempts and pauses together.
        accounts: rows read and what became of them, by source table.
        totals: aliases, sessions and signups touched.
        gauges: how the tables stand; None where nobody could ask.
        is_recorded: whether a later run finds it in ``ops.runs``.
        is_finished: whether it also finds there how and in which step the run ended.
        unresolved: runs since the last one that was done, the newest first: ``run_id``,
            ``status``, ``step_name``.
    """

    start: RunStart
    seconds: float
    status: str
    exit_code: int
    error: str | None = None
    kind: str = ""
    attempts: Sequence[Attempt] = ()
    step_seconds: Mapping[str, float] = field(default_factory=dict)
    accounts: Sequence[Mapping[str, Any]] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    gauges: Gauges | None = None
    is_recorded: bool = False
    is_finished: bool = False
    unresolved: Sequence[Mapping[str, Any]] = ()

    @property
    def step(self) -> str:
        """The step it failed in, as ``runner/queries/unresolved_runs.sql`` names it too."""
        failed = [one for one in self.attempts if one.outcome in ("failed", "stopped")]
        return failed[-1].step_name if failed else WHOLE_RUN

    @property
    def last_attempt(self) -> Attempt | None:
        """The attempt it failed in."""
        failed = [one for one in self.attempts if one.outcome in ("failed", "stopped")]
        return failed[-1] if failed else None


class Watcher:
    """Is told what a run does; each method may be left as it is.

    Attributes:
        wants_debug: whether dbt's events for debugging are read here too.
    """

    wants_debug = False

    def run_started(self, run: RunStart) -> None:
        """A run begins."""

    def run_died(self, run: RunStart, died: Mapping[str, Any]) -> None:
        """The run has found that one before it ended without a word: ``run_id``, ``started_at``,
        ``host_name``, ``process_id``."""

    def attempt_started(self, attempt: Attempt) -> None:
        """An attempt of a step begins."""

    def attempt_ended(self, attempt: Attempt, pause: float | None = None) -> None:
        """It ended; ``pause`` is the seconds until the next one, where there will be one."""

    def node_ended(self, node: NodeEvent) -> None:
        """A model, seed or test ended."""

    def part_ended(self, model: str, part: str, rows: int, seconds: float) -> None:
        """A part of a first build by months ended; ``seconds`` since its like were begun."""

    def dbt_event(self, event: Any) -> None:
        """dbt says something."""

    def run_ended(self, run: RunEnd) -> None:
        """The run ended."""


class Watchers(Watcher):
    """Tells several; one that fails is told nothing more.

    Args:
        watchers: the log first: what becomes of the others is told there.
        warn: takes a line where one of them fails.
    """

    def __init__(
        self, watchers: Sequence[Watcher] = (), warn: Callable[[str], None] = lambda line: None
    ) -> None:
        self.watchers = list(watchers)
        self._warn = warn

    def __bool__(self) -> bool:
        return bool(self.watchers)

    @property
    def wants_debug(self) -> bool:  # type: ignore[override]
        """Whether one of them reads dbt's events for debugging."""
        return any(watcher.wants_debug for watcher in self.watchers)

    def _tell(self, method: str, *facts: Any) -> None:
        for watcher in list(self.watchers):
            try:
                getattr(watcher, method)(*facts)
            except Exception as error:
                self.watchers.remove(watcher)
                name = type(watcher).__name__
                self._warn(masked(f"{name} failed: {type(error).__name__}: {error}"))

    def run_started(self, run: RunStart) -> None:
        """A run begins."""
        self._tell("run_started", run)

    def run_died(self, run: RunStart, died: Mapping[str, Any]) -> None:
        """The run has found one before it that ended without a word."""
        self._tell("run_died", run, died)

    def attempt_started(self, attempt: Attempt) -> None:
        """An attempt of a step begins."""
        self._tell("attempt_started", attempt)

    def attempt_ended(self, attempt: Attempt, pause: float | None = None) -> None:
        """It ended."""
        self._tell("attempt_ended", attempt, pause)

    def node_ended(self, node: NodeEvent) -> None:
        """A model, seed or test ended."""
        self._tell("node_ended", node)

    def part_ended(self, model: str, part: str, rows: int, seconds: float) -> None:
        """A part of a first build by months ended."""
        self._tell("part_ended", model, part, rows, seconds)

    def dbt_event(self, event: Any) -> None:
        """dbt says something."""
        self._tell("dbt_event", event)

    def run_ended(self, run: RunEnd) -> None:
        """The run ended."""
        self._tell("run_ended", run)
