"""What ``check --fix`` does: only what loses no row and holds up no reader."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg2
from psycopg2 import sql

from runner import ddl, indexes
from runner.checks import Finding, run_checks
from runner.ddl import Connection
from runner.partitions import add_month
from runner.rollover import finish_detaching

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Fixed:
    """What became of one finding.

    Attributes:
        is_mended: a second look did not find it any more.
        problem: why not.
    """

    finding: Finding
    is_mended: bool
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        """What --json shows of it."""
        return {**self.finding.as_dict(), "is_mended": self.is_mended, "problem": self.problem}


def fix(
    connection: Connection,
    schemas: Sequence[str],
    source_schemas: Sequence[str] = (),
    now: datetime | None = None,
    wait_seconds: float = 60,
) -> tuple[list[Fixed], list[Finding]]:
    """Check, mend what is safe to mend, and check again.

    Args:
        connection: in autocommit mode.
        schemas: of the project.
        source_schemas: that Segment writes to.
        now: by the server's clock if None.
        wait_seconds: how long to wait for those who use a table, each time.

    Returns:
        What was tried, and the findings that are left.
    """
    safe = [one for one in run_checks(connection, schemas, source_schemas, now) if one.facts]
    kinds = list(FIXES)
    problems = {}
    for finding in sorted(safe, key=lambda one: kinds.index(one.kind)):
        problems[finding] = _tried(connection, finding, wait_seconds)
    left = run_checks(connection, schemas, source_schemas, now)
    fixed = [
        Fixed(finding, not problem and finding not in left, problem)
        for finding, problem in problems.items()
    ]
    return fixed, left


def _tried(connection: Connection, finding: Finding, wait_seconds: float) -> str:
    try:
        FIXES[finding.kind](connection, finding.facts, wait_seconds)
    except ddl.NOT_GIVEN as error:
        return f"{ddl.reason(error)}; look who is in the way with: python -m runner locks"
    except psycopg2.Error as error:
        return ddl.reason(error)
    return ""


def _finish_detaching(connection: Connection, facts: Facts, wait_seconds: float) -> None:
    names = (facts["schema"], facts["table"], facts["leaf"])
    with ddl.lock_waits(connection):
        deadline = time.monotonic() + wait_seconds
        ddl.patiently(lambda: finish_detaching(connection, *names), deadline)


def _mend_invalid_index(connection: Connection, facts: Facts, wait_seconds: float) -> None:
    if not facts["is_attached"]:
        indexes.drop_invalid(connection, facts, wait_seconds)
        return
    name = sql.Identifier(facts["index_schema"], facts["index_name"])
    try:
        with ddl.lock_waits(connection, wait_seconds):
            ddl.execute(connection, sql.SQL("reindex index concurrently {}").format(name))
    finally:
        indexes.drop_leftovers(connection, [facts["schema_name"]], 2 * ddl.PAUSE)


def _add_month(connection: Connection, facts: Facts, wait_seconds: float) -> None:
    with ddl.lock_waits(connection):
        deadline = time.monotonic() + wait_seconds
        ddl.patiently(lambda: add_month(connection, facts["table"], facts["month"]), deadline)


def _create_index(connection: Connection, facts: Facts, wait_seconds: float) -> None:
    create = indexes.create_missing if "leaf_name" in facts else indexes.create_on_all
    create(connection, facts, wait_seconds)


def _analyze(connection: Connection, facts: Facts, wait_seconds: float) -> None:
    table = sql.Identifier(facts["schema_name"], facts["table_name"])
    with ddl.lock_waits(connection, wait_seconds):
        ddl.execute(connection, sql.SQL("analyze {}").format(table))


# in this order: what a later one needs is there by then
FIXES: dict[str, Callable[[Connection, Facts, float], None]] = {
    "pending detach": _finish_detaching,
    "invalid index": _mend_invalid_index,
    "missing month": _add_month,
    "missing index": _create_index,
    "statistics": _analyze,
}
