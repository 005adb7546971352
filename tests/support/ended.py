"""Runs as they are when they have ended, for those who watch them."""

from __future__ import annotations

from typing import Any

from runner.gauges import Gauges
from runner.runlog import Attempt
from runner.watching import RunEnd, RunStart

START = RunStart("run-1", "{}", "0.1.0", "prod", "warehouse on db:5432")
FAILED = Attempt(
    4,
    "models",
    attempt=2,
    seconds=1.5,
    outcome="failed",
    sqlstate="55P03",
    error="app_tracks: lock",
    blocked_by="pid 7",
)
ATTEMPTS = (
    Attempt(1, "locks", seconds=0.1, outcome="done"),
    Attempt(2, "months", seconds=0.2, outcome="done", row_count=3),
    Attempt(3, "models", seconds=2.0, outcome="tried again", sqlstate="40P01"),
)


def done(**facts: Any) -> RunEnd:
    """A run that is done."""
    return RunEnd(
        **{
            "start": START,
            "seconds": 9.5,
            "status": "done",
            "exit_code": 0,
            "attempts": (*ATTEMPTS, Attempt(4, "models", attempt=2, seconds=3.0, outcome="done")),
            "step_seconds": {"locks": 0.1, "months": 0.2, "models": 6.0},
            "accounts": [
                {
                    "source_name": "app",
                    "source_table": table,
                    "rows_read": 10 * times,
                    "rows_kept": 5 * times,
                    "rows_known": 2 * times,
                    "rows_duplicate": 2 * times,
                    "rows_rejected": times,
                }
                for table, times in (("tracks", 1), ("pages", 100))
            ],
            "gauges": Gauges(
                [{"source_name": "app", "source_table": "tracks", "lag_seconds": 90.0}], 3
            ),
            "is_recorded": True,
            "is_finished": True,
            **facts,
        }
    )


def failed(**facts: Any) -> RunEnd:
    """A run that is given up."""
    return done(
        **{
            "status": "failed",
            "exit_code": 4,
            "error": "models: app_tracks: lock; password=pw",
            "kind": "BlockedByLocks",
            "attempts": (*ATTEMPTS, FAILED),
            **facts,
        }
    )
