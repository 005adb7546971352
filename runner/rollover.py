"""Months that are missing are made, and those that are too old leave, while readers read on."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

import psycopg2
import psycopg2.errors
from psycopg2 import sql

from runner import ddl
from runner.database import table_exists
from runner.ddl import Connection
from runner.errors import RunnerError
from runner.partitions import (
    Change,
    Leaf,
    Month,
    PartitionSet,
    add_month,
    fetch_detached,
    fetch_leaves,
    planned,
)

DETACHED = "_detached"


class NoSuchTable(RunnerError):
    """A name that no partitioned table of the project has."""

    exit_code = 2


def rollover(
    connection: Connection,
    schemas: Sequence[str],
    now: datetime,
    premake: int = 3,
    retain: int | None = None,
    drop: bool = False,
    dry_run: bool = False,
    tables: Collection[str] = (),
    wait_seconds: float = 60,
) -> list[Change]:
    """Add the months that are missing, and detach those that are older than wanted.

    No reader waits: months are attached under a lock that lets readers by, and detached
    concurrently; what needs more is tried for a tenth of a second at a time.

    Args:
        connection: in autocommit mode.
        schemas: of the project.
        now: by the server's clock.
        premake: months ahead of the current one.
        retain: months to keep before the current one; all of them if None.
        drop: drop months that leave, instead of keeping them as tables of their own.
        dry_run: change nothing, say what would be done.
        tables: only these, with or without their schema; all of them if empty.
        wait_seconds: how long to try for locks that others hold, all together.

    Raises:
        ValueError: ``retain`` is below 1.
        NoSuchTable: one of ``tables`` is none.
    """
    detached = fetch_detached(connection, schemas)
    done: list[Change] = []
    deadline = time.monotonic() + wait_seconds
    with ddl.lock_waits(connection):
        for table, leaves in _chosen(fetch_leaves(connection, schemas), tables).items():
            taken = {
                one.name: "a table has its name; see: python -m runner check"
                for one in detached
                if (one.schema, one.table) == (table.schema, table.table)
            }
            changes = planned(table, leaves, Month.of(now), premake, retain, drop, taken)
            done += changes if dry_run else _carry_out(connection, table, changes, deadline)
    return done


def _chosen(
    found: dict[PartitionSet, list[Leaf]], names: Collection[str]
) -> dict[PartitionSet, list[Leaf]]:
    spellings = {one: {one.table, f"{one.schema}.{one.table}"} for one in found}
    for name in names:
        if not any(name in spelled for spelled in spellings.values()):
            known = ", ".join(sorted(one.table for one in found)) or "none"
            raise NoSuchTable(
                f"rollover: no partitioned table of the project is named '{name}'; there is {known}"
            )
    return {one: found[one] for one in found if not names or spellings[one] & set(names)}


def finish_detaching(connection: Connection, schema: str, table: str, leaf: str) -> None:
    """End what was begun: the partition becomes a table of its own, with its name."""
    _alter(connection, schema, table, leaf, "finalize")


def _carry_out(
    connection: Connection, table: PartitionSet, changes: Sequence[Change], deadline: float
) -> list[Change]:
    done: list[Change] = []
    is_stuck = False
    for change in changes:
        if change.outcome != "would be done":
            done.append(change)
        elif is_stuck and change.action != "add":
            detail = "another month of the table is not detached yet"
            done.append(replace(change, outcome="waits", detail=detail))
        else:
            done.append(_attempt(connection, table, change, deadline))
            is_stuck = is_stuck or (change.action != "add" and done[-1].outcome == "waits")
    return done


def _attempt(
    connection: Connection, table: PartitionSet, change: Change, deadline: float
) -> Change:
    do = _add if change.action == "add" else _detach
    try:
        return replace(change, outcome="done", detail=do(connection, table, change, deadline))
    except ddl.NOT_GIVEN:
        detail = "others hold locks on it; look with: python -m runner locks"
        return replace(change, outcome="waits", detail=detail)
    except psycopg2.Error as error:
        return replace(change, outcome="failed", detail=ddl.reason(error))


def _add(connection: Connection, table: PartitionSet, change: Change, deadline: float) -> str:
    month = Month.in_name(change.leaf)
    assert month is not None
    try:
        ddl.patiently(lambda: add_month(connection, table, month), deadline)
    except psycopg2.errors.DuplicateTable:
        if _state(connection, change) is None:
            raise
        return "by another run"
    return ""


def _detach(connection: Connection, table: PartitionSet, change: Change, deadline: float) -> str:
    """Detach a month, and drop it or give it a name that is in nobody's way.

    A try that runs out of time leaves the detaching pending; the next one finishes it.
    """

    def once() -> None:
        state = _state(connection, change)
        if state is not None:
            how = "finalize" if state.is_pending else "concurrently"
            _alter(connection, table.schema, table.table, change.leaf, how)

    ddl.patiently(once, deadline)
    leaf = sql.Identifier(change.schema, change.leaf)
    if change.action == "drop":
        drop = sql.SQL("drop table {}").format(leaf)
        ddl.patiently(lambda: ddl.execute(connection, drop), deadline)
        return ""
    if change.action == "finish detaching":
        return "now a table of its own; see: python -m runner check"
    # under its old name it would be in the way of the month that a late event asks for
    kept = _free_name(connection, change.schema, change.leaf + DETACHED)
    rename = sql.SQL("alter table {} rename to {}").format(leaf, sql.Identifier(kept))
    ddl.patiently(lambda: ddl.execute(connection, rename), deadline)
    return f"kept as {kept}"


def _state(connection: Connection, change: Change) -> Leaf | None:
    """The partition as it is now; None if it is none any more, or not yet."""
    for leaves in fetch_leaves(connection, [change.schema]).values():
        for leaf in leaves:
            if (leaf.table, leaf.name) == (change.table, change.leaf):
                return leaf
    return None


def _alter(connection: Connection, schema: str, table: str, leaf: str, how: str) -> None:
    statement = sql.SQL("alter table {} detach partition {} {}").format(
        sql.Identifier(schema, table), sql.Identifier(schema, leaf), sql.SQL(how)
    )
    ddl.execute(connection, statement)


def _free_name(connection: Connection, schema: str, name: str) -> str:
    number, free = 1, name
    while table_exists(connection, schema, free):
        number += 1
        free = f"{name}_{number}"
    return free
