"""When somebody is called: a run that is given up, and the run after it that is done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any

from runner.alert_routes import RESOLVE, TRIGGER, Alert, Route
from runner.bounded import run_within
from runner.masking import masked, masked_all
from runner.watching import WHOLE_RUN, RunEnd, RunStart, Watcher

PREFIX = "segment_attribution"
# in seconds, for all routes and all that a run has to say
PATIENCE = 20.0
RUNBOOK = "docs/operations.md"
# a person's own doing, at a keyboard
UNALERTED = frozenset({"NothingToResume"})
CTRL_C = 130
# the kind of a run that was killed
DIED = "Died"
# the tables are not up to date, and another run will most likely not help, is critical
SEVERITY_OF = {
    "VerificationFailed": "error",
    "SourceColumnsError": "error",
    "ProjectError": "error",
    "RebuildNeeded": "error",
    "BlockedByLocks": "error",
    "AnotherRun": "warning",
    "Stopped": "warning",
    DIED: "warning",
}
Tell = Callable[[str, str, str], None]


class Alerts(Watcher):
    """Calls somebody when a run is given up, and takes it back when a later one is done.

    Args:
        routes: where alerts go, all at the same time.
        tell: takes a level, the name of the route and what became of it.
        patience: seconds that a run waits for all of them together.
    """

    def __init__(self, routes: Sequence[Route], tell: Tell, patience: float = PATIENCE) -> None:
        self._routes = routes
        self._tell = tell
        self._patience = patience

    def run_ended(self, run: RunEnd) -> None:
        """Send what is to be sent; a service that does not take it changes nothing."""
        if run.status == "done":
            noted = [_resolve(run, key) for key in noted_keys(run)]
            always = [*noted, _resolve(run, unrecorded_key(run.start))]
            self.send(
                [(one, always if one.wants_resolve_always else noted) for one in self._routes]
            )
        elif run.kind not in UNALERTED and run.exit_code != CTRL_C:
            self.send([(route, [raised(run)]) for route in self._routes])

    def run_died(self, run: RunStart, died: Mapping[str, Any]) -> None:
        """Say what a run that was killed could not; this run takes it back if it is done."""
        self.send([(route, [buried(run, died)]) for route in self._routes])

    def send(self, what: Sequence[tuple[Route, Sequence[Alert]]]) -> bool:
        """Deliver to each route what is for it; True where all was taken."""
        due = [(route, alerts) for route, alerts in what if alerts]
        found = run_within(
            self._patience,
            [lambda route=route, alerts=alerts: route.deliver(alerts) for route, alerts in due],
        )
        for (route, alerts), outcome in zip(due, found, strict=True):
            if isinstance(outcome, Exception):
                line = f"not delivered: {' '.join(masked(str(outcome)).split())}"
                self._tell("warning", route.name, line)
            else:
                actions = ", ".join(sorted({one.action for one in alerts}))
                self._tell("info", route.name, f"delivered: {actions}")
        return not any(isinstance(outcome, Exception) for outcome in found)


def dedup_key(run_id: str, step: str) -> str:
    """What a problem is known by: the run and the step."""
    return f"{PREFIX}/{run_id}/{step}"


def unrecorded_key(start: RunStart) -> str:
    """Where no run could be noted, because there is no database to note it in, a later run knows
    nothing of it: all of these are one problem of one database."""
    name = hashlib.md5(f"{start.place} {start.target}".encode(), usedforsecurity=False).hexdigest()
    return dedup_key(f"unrecorded-{name[:12]}", WHOLE_RUN)


def _key(run: RunEnd) -> str:
    """By what a later run will know this one."""
    if not run.is_recorded:
        return unrecorded_key(run.start)
    return dedup_key(run.start.run_id, run.step if run.is_finished else WHOLE_RUN)


def raised(run: RunEnd) -> Alert:
    """The alert of a run that is given up."""
    attempt = run.last_attempt
    where = "" if run.step == WHOLE_RUN else f" at {run.step}"
    outcome = "was stopped" if run.status == "stopped" else "failed"
    details = {
        "run_id": run.start.run_id,
        "step": run.step,
        "attempts": sum(one.step_name == run.step for one in run.attempts) or None,
        "exit_code": run.exit_code,
        "error": run.error,
        "sqlstate": attempt.sqlstate if attempt else None,
        "blocked_by": attempt.blocked_by if attempt else None,
        "seconds": round(run.seconds),
        "version": run.start.version,
        "target": run.start.target,
        "what to do": f"{RUNBOOK}, alerts: {run.kind}",
    }
    return Alert(
        TRIGGER,
        _key(run),
        masked(f"nightly {outcome}{where}: {run.error}"),
        masked(run.start.place),
        SEVERITY_OF.get(run.kind, "critical"),
        run.step,
        run.kind,
        {name: value for name, value in masked_all(details).items() if value is not None},
    )


def buried(run: RunStart, died: Mapping[str, Any]) -> Alert:
    """The alert of a run that was killed, as the run after it found."""
    began = died["started_at"].astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    details = {
        "run_id": died["run_id"],
        "started_at": began,
        "host": died["host_name"],
        "process_id": died["process_id"],
        "found_by": run.run_id,
        "target": run.target,
        "what to do": f"{RUNBOOK}, alerts: {DIED}",
    }
    return Alert(
        TRIGGER,
        dedup_key(died["run_id"], WHOLE_RUN),
        f"nightly of {began} ended without a word; another run has begun",
        masked(run.place),
        SEVERITY_OF[DIED],
        WHOLE_RUN,
        DIED,
        masked_all(details),
    )


def noted_keys(run: RunEnd) -> list[str]:
    """The problems of earlier runs that a run which is done takes back, as far as noted."""
    return [
        # of a run that could not note its end, only the run is known
        dedup_key(one["run_id"], WHOLE_RUN if one["status"] == "died" else one["step_name"])
        for one in run.unresolved
    ]


def _resolve(run: RunEnd, key: str) -> Alert:
    count = len(run.unresolved)
    after = f" after {count} run{'s' if count > 1 else ''} that did not end well" if count else ""
    details = {"run_id": run.start.run_id, "target": run.start.target}
    return Alert(
        RESOLVE, key, f"nightly is done{after}", masked(run.start.place), "info", details=details
    )


def trial_alerts(run_id: str, source: str, target: str) -> list[Alert]:
    """An alert that says it is a test, and its end.

    Args:
        run_id: of no run.
        source: the database.
        target: of the dbt profile.
    """
    key = dedup_key(run_id, "test")
    details = {"run_id": run_id, "target": target}
    return [
        Alert(
            TRIGGER,
            key,
            "this is a test: nothing is wrong",
            source,
            "info",
            "test",
            "Test",
            details,
        ),
        Alert(
            RESOLVE,
            key,
            "this was a test: nothing was wrong",
            source,
            "info",
            "test",
            "Test",
            details,
        ),
    ]
