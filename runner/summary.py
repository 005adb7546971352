"""What a night did, as its models wrote it down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg2.extensions
from psycopg2 import sql

from runner import database
from runner.errors import ModelsFailed
from runner.project import Project

# what can become of a row that was read
TOLD = ("rows_kept", "rows_known", "rows_duplicate", "rows_rejected", "rows_forgotten")
TOTALS = (
    *("aliases_touched", "sessions_touched", "signups_touched"),
    *("sessions_excluded", "signups_excluded"),
)


@dataclass
class NightSummary:
    """What a night did.

    Attributes:
        accounts: rows read, kept, known, duplicate and rejected by source table.
        totals: aliases, sessions and signups touched.
        steps: seconds by step.
        models: seconds by model.
        notices: what the project remarked (a table skipped, a new column).
    """

    accounts: list[dict[str, Any]] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)
    steps: dict[str, float] = field(default_factory=dict)
    models: dict[str, float] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


def read_accounts(
    connection: psycopg2.extensions.connection,
    project: Project,
    summary: NightSummary,
    since: datetime,
    may_touch_nobody: bool = False,
) -> None:
    """What the models themselves wrote down about this run.

    Args:
        connection: to the warehouse.
        project: knows the schemas.
        summary: takes it in.
        since: the start of the run, by the server's clock.
        may_touch_nobody: a full refresh of one model may be of one that no session derives from.

    Raises:
        ModelsFailed: the run's totals were not written.
    """
    for name, model in (("run_accounts", "load_accounts"), ("run_totals", "run_totals")):
        query = sql.SQL(database.load_query(name)).format(
            schema=sql.Identifier(project.schema_of(model))
        )
        rows = database.fetch_all(connection, query, {"since": since})
        if name == "run_accounts":
            summary.accounts = [
                {key: int(value) if key.startswith("rows") else value for key, value in row.items()}
                for row in rows
            ]
        elif not rows and may_touch_nobody:
            summary.totals = dict.fromkeys(TOTALS, 0)
        elif not rows:
            raise ModelsFailed("run_totals: this run wrote no line; run again with --full-tests")
        else:
            summary.totals = {key: int(value) for key, value in rows[0].items()}
