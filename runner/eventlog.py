"""The log of a run as events: JSON lines for machines, or text; each with the run's id."""

from __future__ import annotations

import logging
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TextIO

import structlog

from runner.masking import masked_all
from runner.watching import RunEnd, RunStart, Watcher

if TYPE_CHECKING:
    from runner.project import NodeEvent
    from runner.runlog import Attempt

FIRST_KEYS = ("timestamp", "level", "event", "run_id")
# the runner's own events of the same models and tests say more
_TOLD_BY_NODES = frozenset(
    {"LogStartLine", "LogModelResult", "LogTestResult", "LogSeedResult", "LogHookEndLine"}
)
# dbt's insides: its error itself is an event of its own
_INSIDES = frozenset({"MainStackTrace"})
_DBT_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING}
_OUTCOME_LEVELS = {
    "failed": logging.ERROR,
    "stopped": logging.WARNING,
    "tried again": logging.WARNING,
}


class EventLog(Watcher):
    """Writes one event a line.

    Args:
        stream: where to.
        as_json: JSON lines; else text for people.
        level: the least that is written: debug, info, warning or error.
    """

    def __init__(self, stream: TextIO, as_json: bool = True, level: str = "info") -> None:
        renderer: Any = (
            structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
            if as_json
            else structlog.dev.ConsoleRenderer(colors=stream.isatty())
        )
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(stream),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _masked,
                renderer,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        )
        self._step: str | None = None
        self._least = getattr(logging, level.upper())
        self.wants_debug = self._least <= logging.DEBUG

    def note(self, level: str, event: str, **facts: Any) -> None:
        """An event of another watcher's."""
        self._write(getattr(logging, level.upper()), event, facts)

    def run_started(self, run: RunStart) -> None:
        """Every later event carries the run's id."""
        self._log = self._log.bind(run_id=run.run_id)
        facts = {
            "command": run.command,
            "version": run.version,
            "target": run.target,
            "database": run.place,
        }
        self._write(logging.INFO, "run started", facts)

    def run_died(self, run: RunStart, died: Mapping[str, Any]) -> None:
        """Of another run than this one."""
        facts = {f"died_{name}": value for name, value in died.items()}
        self._write(logging.WARNING, "run died", facts)

    def attempt_started(self, attempt: Attempt) -> None:
        """Of interest where a step hangs."""
        self._step = attempt.step_name
        facts = {"step": attempt.step_name, "attempt": attempt.attempt}
        self._write(logging.DEBUG, "step started", facts)

    def attempt_ended(self, attempt: Attempt, pause: float | None = None) -> None:
        """One event an attempt."""
        facts = {
            "step": attempt.step_name,
            "attempt": attempt.attempt,
            "outcome": attempt.outcome,
            "seconds": attempt.seconds,
            "rows": attempt.row_count,
            "sqlstate": attempt.sqlstate,
            "error": attempt.error,
            "blocked_by": attempt.blocked_by,
            "nodes_left": attempt.nodes_left,
            "next_attempt_in_seconds": None if pause is None else round(pause, 1),
        }
        level = _OUTCOME_LEVELS.get(attempt.outcome, logging.INFO)
        self._write(level, "step ended", facts)

    def node_ended(self, node: NodeEvent) -> None:
        """Models are told; tests and seeds only where they fail, or to who wants to know all."""
        has_failed = node.status in ("error", "fail", "runtime error", "partial success")
        level = logging.INFO if node.kind == "model" else logging.DEBUG
        facts = {
            "step": "models",
            "model" if node.kind == "model" else "node": node.name,
            "outcome": node.status,
            "seconds": round(node.seconds, 3),
            "rows": node.rows,
            "error": node.message if has_failed else None,
        }
        self._write(logging.ERROR if has_failed else level, f"{node.kind} ended", facts)

    def part_ended(self, model: str, part: str, rows: int, seconds: float) -> None:
        """How a first build gets on."""
        facts = {
            "step": "models",
            "model": model,
            "part": part,
            "rows": rows,
            "seconds": round(seconds, 3),
        }
        self._write(logging.INFO, "part ended", facts)

    def dbt_event(self, event: Any) -> None:
        """dbt's own words, at dbt's own level."""
        info = event.info
        level = _DBT_LEVELS.get(info.level, logging.ERROR)
        is_told = info.name in _TOLD_BY_NODES and level == logging.INFO
        if is_told or info.name in _INSIDES:
            level = logging.DEBUG
        if level < self._least or not info.msg.strip():
            return
        node = getattr(event.data, "node_info", None)
        facts = {
            "step": self._step,
            "dbt_event": info.name,
            "dbt_code": info.code,
            "dbt_invocation_id": info.invocation_id,
            "node": getattr(node, "node_name", "") or None,
            "message": info.msg,
        }
        self._write(level, "dbt", facts)

    def run_ended(self, run: RunEnd) -> None:
        """What it came to."""
        keys = ("rows_read", "rows_kept", "rows_known", "rows_duplicate", "rows_rejected")
        rows = {key: sum(row[key] for row in run.accounts) for key in keys} if run.accounts else {}
        facts = {
            "status": run.status,
            "exit_code": run.exit_code,
            "step": None if run.error is None else run.step,
            "error": run.error,
            "seconds": round(run.seconds, 3),
            **rows,
            **run.totals,
            "step_seconds": {name: round(value, 3) for name, value in run.step_seconds.items()},
        }
        levels = {"done": logging.INFO, "stopped": logging.WARNING}
        self._write(levels.get(run.status, logging.ERROR), "run ended", facts)

    def _write(self, level: int, event: str, facts: Mapping[str, Any]) -> None:
        known = {key: value for key, value in facts.items() if value is not None}
        self._log.log(level, event, **known)


def _masked(logger: Any, method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """What every event begins with first; secrets nowhere."""
    first = {key: event[key] for key in FIRST_KEYS if key in event}
    return masked_all({**first, **event})
