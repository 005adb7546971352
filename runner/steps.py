"""The steps of a run: each timed, logged, and tried again on what time can heal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import psycopg2

from runner.console import Reporter
from runner.errors import BlockedByLocks, ModelsFailed, RunnerError, StepFailed
from runner.hints import with_next_step
from runner.retrying import DEFAULT_BUDGET, retry, sqlstate_of
from runner.runlog import Attempt, RunLog
from runner.watching import Watcher

T = TypeVar("T")

LOCK_NOT_AVAILABLE = "55P03"
# macros/full_refresh/patiently.sql names readers itself
IN_THE_WAY = "in the way:"
# errors that have someone else behind them
BLOCKED_STATES = frozenset({LOCK_NOT_AVAILABLE, "40P01", "57014"})


class Steps:
    """Does steps one after the other.

    Args:
        log: where each attempt is kept.
        reporter: where it is told.
        budget: time for all attempts of one step.
        who_blocks: names the sessions that stand in the way now; asked when a lock was not given.
        skipped: steps to leave out, because an earlier run has done them.
        watcher: is told of each attempt.
    """

    def __init__(
        self,
        log: RunLog,
        reporter: Reporter,
        budget: timedelta = DEFAULT_BUDGET,
        who_blocks: Callable[[], str] = lambda: "",
        skipped: set[str] | None = None,
        watcher: Watcher | None = None,
    ) -> None:
        self.log = log
        self.watcher = watcher or Watcher()
        self.reporter = reporter
        self.budget = budget
        self.who_blocks = who_blocks
        self.skipped = set() if skipped is None else skipped
        self.seconds: dict[str, float] = {}
        # asked before each step; who it names is the reason to leave the step out
        self.skip_if: Callable[[], str] = lambda: ""
        self.blocked: dict[str, str] = {}
        self._current: Attempt | None = None

    def do(
        self,
        name: str,
        action: Callable[[], T],
        count: Callable[[T], int | None],
        needs_locks: bool = True,
    ) -> T | None:
        """Do one step until it succeeds, fails for good, or its time is spent.

        Args:
            name: as ``ops.steps`` has it.
            action: safe to do again.
            count: what of its result is worth a number; None for nothing.
            needs_locks: it may be left out where others hold locks.

        Returns:
            What the action returns; None where the step is skipped.

        Raises:
            RunnerError: one line, BlockedByLocks where a lock was not given.
        """
        if name in self.skipped:
            self.watcher.attempt_ended(self.log.note(name, "skipped"))
            self.reporter.line(f"{name}: done before")
            return None
        in_the_way = self.skip_if() if needs_locks else ""
        if in_the_way:
            self.blocked[name] = in_the_way
            self.watcher.attempt_ended(self.log.note(name, "skipped", blocked_by=in_the_way))
            self.reporter.line(f"{name}: skipped, because of {in_the_way}")
            return None
        with self._timed(name):
            try:
                return retry(
                    lambda: self._attempt(name, action, count), self.budget, self._before_pause
                )
            except (RunnerError, psycopg2.Error) as error:
                self._tell_failure()
                raise self._given_up(name, error) from None
            except Exception:
                self._tell_failure()
                raise

    def _tell_failure(self) -> None:
        if self._current is not None:
            self.watcher.attempt_ended(self._current)

    def _given_up(self, name: str, error: RunnerError | psycopg2.Error) -> RunnerError:
        """The error a step ends with, as one line that also names who is in the way."""
        line = " ".join(str(error).split())
        if sqlstate_of(error) == LOCK_NOT_AVAILABLE:
            blocked_by = self._current.blocked_by if self._current else None
            if blocked_by or IN_THE_WAY not in line:
                line = f"{line}; {IN_THE_WAY} {blocked_by or 'nobody any more'}"
            return BlockedByLocks(
                f"{name}: {line}; look with: python -m runner locks", LOCK_NOT_AVAILABLE
            )
        if isinstance(error, RunnerError):
            error.args = (with_next_step(line, error),)
            return error
        return StepFailed(with_next_step(f"{name}: {line}", error), sqlstate_of(error))

    def _attempt(self, name: str, action: Callable[[], T], count: Callable[[T], int | None]) -> T:
        attempt = self._current = self.log.begin(name)
        self.watcher.attempt_started(attempt)
        try:
            result = action()
        except Exception as error:
            facts = self._facts(error)
            # whether there is time for another one is known only later
            self.log.end(attempt, "failed", **facts)
            raise
        except BaseException:
            self.log.end(attempt, "stopped")
            self.watcher.attempt_ended(attempt)
            raise
        self.log.end(attempt, "done", row_count=count(result))
        self.skipped.add(name)
        self.watcher.attempt_ended(attempt)
        return result

    def _before_pause(self, error: BaseException, seconds: float) -> None:
        if self._current is not None:
            self._current.outcome = "tried again"
            self.log.write()
            self.watcher.attempt_ended(self._current, pause=seconds)
            blocked_by = self._current.blocked_by
            by = f"; in the way: {blocked_by}" if blocked_by else ""
            self.reporter.line(
                f"{self._current.step_name}: {error}{by}; trying again in {seconds:.0f} s"
            )

    def _facts(self, error: Exception) -> dict[str, str | None]:
        state = sqlstate_of(error)
        blocked_by = self.who_blocks() if state in BLOCKED_STATES else ""
        left = error.nodes_left if isinstance(error, ModelsFailed) else ()
        return {
            "sqlstate": state,
            "error": " ".join(str(error).split()),
            "blocked_by": blocked_by or None,
            "nodes_left": ",".join(left) or None,
        }

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - started
