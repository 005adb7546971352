"""``python -m runner reindex``."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from runner.commands.activity import json_option, output, print_json
from runner.commands.errors import errors_in_one_line
from runner.commands.maintenance import (
    count,
    database_errors,
    print_table,
    session,
    wait_option,
)
from runner.errors import BlockedByLocks, StepFailed
from runner.reindex import MEGABYTE, Index, Rebuilt, Watcher


@click.command()
@click.option("--all", "everything", is_flag=True, help="All indexes, bloated or not.")
@click.option(
    "--index",
    "names",
    multiple=True,
    metavar="NAME",
    help="This index, or those of all months of a table's index; may be given more than once.",
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="NAME",
    help="The indexes of this table and of its months; may be given more than once.",
)
@click.option(
    "--min-bloat",
    default=30.0,
    show_default=True,
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Only indexes with at least this share of bloat, where none are named.",
)
@click.option(
    "--min-size",
    "min_size_mb",
    default=64.0,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="MB",
    help="Only indexes of at least this size, where none are named.",
)
@click.option(
    "--max-minutes",
    default=None,
    type=click.FloatRange(min=0),
    help="Begin no further index after so long.",
)
@click.option(
    "--min-free-mb",
    default=None,
    type=click.FloatRange(min=0),
    help="How much room the server's disk has at least, where it cannot be seen from here; larger "
    "indexes are left.",
)
@wait_option
@click.option("--dry-run", is_flag=True, help="Only show which indexes are due.")
@json_option
@errors_in_one_line
def reindex(
    everything: bool,
    names: tuple[str, ...],
    tables: tuple[str, ...],
    min_bloat: float,
    min_size_mb: float,
    max_minutes: float | None,
    min_free_mb: float | None,
    wait_seconds: float,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Rebuild indexes that are bloated, one at a time, while readers and writers go on.

    Ctrl-C cancels the index that is being built; it is as it was then.
    """
    from runner import database, schemas
    from runner import reindex as logic
    from runner.stopping import stopped_by_signals

    places = schemas.project_schemas()
    started = time.monotonic()
    with session("reindex") as connection:
        due = logic.due_indexes(
            connection, places, min_bloat, min_size_mb, names, tables, everything
        )
    if dry_run:
        _print_due(due, as_json)
        return
    deadline = None if max_minutes is None else started + max_minutes * 60
    with stopped_by_signals(), database_errors("reindex"), _Bar(as_json) as bar:
        done = logic.reindex(
            database.connect, due, deadline, places, wait_seconds, min_free_mb, bar
        )
    _print_done(done, as_json)
    _complain(done)


class _Bar(Watcher):
    """A bar on a terminal, and nothing elsewhere; remarks go to standard error."""

    def __init__(self, as_json: bool) -> None:
        console = output(on_stderr=as_json)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
        self._progress = Progress(
            *columns,
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("reindex", total=None)
        self._name = ""

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def begin(self, index: Index) -> None:
        """Name it."""
        self._name = index.name
        self._progress.reset(self._task, total=None, description=index.name)

    def progress(self, phase: str, share: float | None) -> None:
        """Draw it."""
        text = f"{self._name}: {phase}"
        total = None if share is None else 1.0
        self._progress.update(self._task, description=text, total=total, completed=share or 0.0)

    def tell(self, text: str) -> None:
        """Say it."""
        print(f"notice: {text}", file=sys.stderr)


def _print_due(due: Sequence[Index], as_json: bool) -> None:
    if as_json:
        print_json([_due_dict(index) for index in due])
    elif not due:
        print("no index is due")
    else:
        rows = [
            (f"{one.schema}.{one.table}", one.name, _megabytes(one.bytes), _percent(one))
            for one in due
        ]
        print_table(("table", "index", "MB", "bloat %"), rows)
        print(f"{count(len(due), 'index')} due, {_megabytes(sum(one.bytes for one in due))} MB")


def _due_dict(index: Index) -> dict[str, object]:
    done = Rebuilt(index, "would be rebuilt").as_dict()
    return {key: value for key, value in done.items() if key not in ("seconds", "bytes_after")}


def _print_done(done: Sequence[Rebuilt], as_json: bool) -> None:
    if as_json:
        print_json([one.as_dict() for one in done])
        return
    if not done:
        print("no index is due")
        return
    rows = [
        (
            f"{one.index.schema}.{one.index.table}",
            one.index.name,
            _megabytes(one.index.bytes),
            "" if one.bytes_after is None else _megabytes(one.bytes_after),
            f"{one.seconds:,.1f}" if one.seconds else "",
            one.outcome,
            one.detail,
        )
        for one in done
    ]
    columns = ("table", "index", "MB before", "MB after", "seconds", "outcome", "detail")
    print_table(columns, rows)
    left = sum(one.outcome == "left" for one in done)
    if left:
        print(f"{count(left, 'index')} left; the next run takes them")


def _complain(done: Sequence[Rebuilt]) -> None:
    """Let the exit code say what was not done; what the time did not suffice for is no fault.

    Raises:
        StepFailed: an index could not be rebuilt.
        BlockedByLocks: one had to wait for others.
    """
    failed = [one for one in done if one.outcome == "failed"]
    if failed:
        first = f"{failed[0].index.name}: {failed[0].detail}"
        raise StepFailed(f"reindex: {count(len(failed), 'index')} not rebuilt; {first}")
    for one in done:
        if one.outcome == "waits":
            raise BlockedByLocks(
                f"reindex: {one.index.name}: {one.detail}; a transaction that is open for long is "
                "in the way; look with: python -m runner ps --all"
            )


def _megabytes(size: float) -> str:
    return f"{size / MEGABYTE:,.1f}"


def _percent(index: Index) -> str:
    return "" if index.bloat_percent is None else f"{index.bloat_percent:.0f}"
