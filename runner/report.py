"""The table at the end of a night."""

from __future__ import annotations

import json
from dataclasses import asdict

from runner.console import Reporter
from runner.summary import TOLD, TOTALS, NightSummary

SLOWEST = 8
COLUMNS = ("source table", "read", "new", "known", "duplicate", "rejected", "forgotten")


def print_summary(reporter: Reporter, summary: NightSummary) -> None:
    """What was read, what became of it, what it touched, and where the time went."""
    for notice in summary.notices:
        reporter.line(f"notice: {notice}")
    keys = ("rows_read", *TOLD)
    rows = [
        (f"{row['source_name']}.{row['source_table']}", *(row[key] for key in keys))
        for row in summary.accounts
    ]
    rows.append(("all", *(sum(row[key] for row in summary.accounts) for key in keys)))
    reporter.table("Rows", COLUMNS, rows)
    # a run that goes on behind that step has none
    if summary.totals:
        touched = ("aliases", "sessions", "signups", "left out: sessions", "with a signup")
        reporter.table("Touched", touched, [tuple(summary.totals[key] for key in TOTALS)])
    slowest = sorted(summary.models.items(), key=lambda item: -item[1])[:SLOWEST]
    steps = [(name, round(seconds, 2)) for name, seconds in summary.steps.items()]
    steps += [(f"  {name}", round(seconds, 2)) for name, seconds in slowest]
    steps.append(("all", round(sum(summary.steps.values()), 2)))
    reporter.table("Seconds", ("step", "seconds"), steps)


def summary_text(summary: NightSummary) -> str:
    """The same as JSON: rows by source table, totals, seconds by step and by model, notices."""
    return json.dumps(asdict(summary), indent=2) + "\n"
