"""``python -m runner rollover``."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import click

from runner.commands.activity import json_option, print_json
from runner.commands.errors import errors_in_one_line
from runner.commands.maintenance import (
    count,
    print_table,
    session,
    table_option,
    wait_option,
)
from runner.errors import BlockedByLocks, StepFailed
from runner.partitions import Change


@click.command()
@click.option(
    "--premake",
    default=3,
    show_default=True,
    type=click.IntRange(0, 120),
    help="Monthly partitions to have ahead of the current month.",
)
@click.option(
    "--retain",
    default=None,
    type=click.IntRange(1, 12_000),
    metavar="MONTHS",
    help="Detach what is older than so many months before the current one; by default nothing.",
)
@click.option("--drop", is_flag=True, help="With --retain: drop the detached months.")
@table_option
@wait_option
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@json_option
@errors_in_one_line
def rollover(
    premake: int,
    retain: int | None,
    drop: bool,
    tables: tuple[str, ...],
    wait_seconds: float,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make the months that are missing, ahead and in between, and detach old ones.

    A gap is filled where it is at most 24 months old.
    """
    if drop and retain is None:
        raise click.UsageError("--drop needs --retain")
    from runner import database, schemas
    from runner import rollover as logic
    from runner.runlock import RunLock

    with session("rollover") as connection, contextlib.ExitStack() as held:
        if retain is not None and not dry_run:
            # a night that writes to a month while it leaves would fail
            lock = RunLock()
            lock.take()
            held.enter_context(lock)
        now = database.fetch_all(connection, database.load_query("clock"))[0]["server_time"]
        changes = logic.rollover(
            connection,
            schemas.project_schemas(),
            now,
            premake,
            retain,
            drop,
            dry_run,
            tables,
            wait_seconds,
        )
    if as_json:
        print_json([change.as_dict() for change in changes])
    else:
        _print(changes)
    _complain(changes)


def _print(changes: Sequence[Change]) -> None:
    if not changes:
        print("nothing to do: no month is missing, and none is to leave")
        return
    rows = [
        (f"{one.schema}.{one.table}", one.leaf, one.action, one.outcome, one.detail)
        for one in changes
    ]
    print_table(("table", "partition", "action", "outcome", "detail"), rows)


def _complain(changes: Sequence[Change]) -> None:
    """Let the exit code say what was not done.

    Raises:
        StepFailed: something failed.
        BlockedByLocks: others hold locks.
    """
    failed = sum(change.outcome == "failed" for change in changes)
    waiting = sum(change.outcome == "waits" for change in changes)
    if failed:
        raise StepFailed(f"rollover: {count(failed, 'change')} of {len(changes)} failed")
    if waiting:
        raise BlockedByLocks(
            f"rollover: {count(waiting, 'change')} of {len(changes)} not done: others hold locks; "
            "look with: python -m runner locks; the next run goes on there"
        )
