"""Indexes that are not valid are dropped and those that are missing are made, concurrently."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg2
from psycopg2 import sql

from runner import ddl
from runner.database import fetch_all, load_query
from runner.ddl import Connection

Row = Mapping[str, Any]


def fetch_invalid(connection: Connection, schemas: Sequence[str]) -> list[dict[str, Any]]:
    """Indexes of tables in these schemas that are not valid; columns as in invalid_indexes.sql."""
    return fetch_all(connection, load_query("invalid_indexes"), {"schemas": list(schemas)})


def drop_invalid(connection: Connection, index: Row, wait_seconds: float = 60) -> None:
    """Drop an index that is not valid; one that someone builds at the moment is left alone.

    Args:
        connection: in autocommit mode.
        index: as ``fetch_invalid`` gave it.
        wait_seconds: how long to wait for one who uses its table.

    Raises:
        psycopg2.errors.LockNotAvailable: its table was in use for longer, or it is being built.
    """
    deadline = time.monotonic() + wait_seconds
    is_left: list[bool] = []
    with ddl.lock_waits(connection):
        ddl.patiently(lambda: is_left.append(_is_left(connection, index)), deadline)
    if is_left[-1]:
        name = sql.Identifier(index["index_schema"], index["index_name"])
        with ddl.lock_waits(connection, wait_seconds):
            ddl.execute(connection, sql.SQL("drop index concurrently {}").format(name))


def _is_left(connection: Connection, index: Row) -> bool:
    """Whether it is there, not valid, and nobody is at work on it.

    Who builds an index holds this lock on the table to the end, so whoever gets it sees how the
    work ended.
    """
    table = sql.Identifier(index["schema_name"], index["table_name"])
    ddl.execute(connection, "begin")
    try:
        lock = sql.SQL("lock table {} in share update exclusive mode").format(table)
        ddl.execute(connection, lock)
        names = (index["index_schema"], index["index_name"])
        return any(
            names == (one["index_schema"], one["index_name"])
            for one in fetch_invalid(connection, [index["schema_name"]])
        )
    finally:
        ddl.execute(connection, "rollback")


def drop_leftovers(
    connection: Connection, schemas: Sequence[str], wait_seconds: float = 60
) -> list[str]:
    """Drop what cancelled reindexing has left.

    Args:
        connection: in autocommit mode.
        schemas: of the project.
        wait_seconds: how long to wait for those who use a table.

    Returns:
        Names of those that could not be dropped yet.
    """
    left = []
    for index in fetch_invalid(connection, schemas):
        if index["is_leftover"] and not (index["is_attached"] or index["is_toast"]):
            try:
                drop_invalid(connection, index, wait_seconds)
            except psycopg2.Error:
                left.append(f"{index['index_schema']}.{index['index_name']}")
    return left


def create_missing(connection: Connection, index: Row, wait_seconds: float = 60) -> None:
    """Give a month the index of its table that it lacks.

    Args:
        connection: in autocommit mode.
        index: a row of missing_leaf_indexes.sql.
        wait_seconds: how long to wait for those who use the month, each time.
    """
    if index["candidate_name"] is None:
        _create_on_month(connection, index, index["leaf_name"], wait_seconds)
        index = _with_candidate(connection, index)
    attach = sql.SQL("alter index {} attach partition {}").format(
        sql.Identifier(index["schema_name"], index["index_name"]),
        sql.Identifier(index["schema_name"], index["candidate_name"]),
    )
    with ddl.lock_waits(connection):
        deadline = time.monotonic() + wait_seconds
        ddl.patiently(lambda: ddl.execute(connection, attach), deadline)


def _with_candidate(connection: Connection, index: Row) -> Row:
    """The same index with the one just made: one that belongs to nothing and is defined alike."""
    names = ("index_name", "leaf_name")
    rows = fetch_all(
        connection, load_query("missing_leaf_indexes"), {"schemas": [index["schema_name"]]}
    )
    return next(row for row in rows if all(row[key] == index[key] for key in names))


def create_on_all(connection: Connection, index: Row, wait_seconds: float = 60) -> None:
    """Give an index that most months have to the others, then to the table.

    The table's own takes over those of the months: it is made in a moment.

    Args:
        connection: in autocommit mode.
        index: a row of unattached_indexes.sql.
        wait_seconds: how long to wait for those who use the table, each time.
    """
    for leaf in index["lacking_leaves"]:
        _create_on_month(connection, index, leaf, wait_seconds)
    create = sql.SQL("create {} on {} {}").format(
        sql.SQL("unique index" if index["is_unique"] else "index"),
        sql.Identifier(index["schema_name"], index["table_name"]),
        sql.SQL(index["definition"]),
    )
    with ddl.lock_waits(connection):
        deadline = time.monotonic() + wait_seconds
        ddl.patiently(lambda: ddl.execute(connection, create), deadline)


def _create_on_month(connection: Connection, index: Row, leaf: str, wait_seconds: float) -> None:
    create = sql.SQL("create {} concurrently on {} {}").format(
        sql.SQL("unique index" if index["is_unique"] else "index"),
        sql.Identifier(index["schema_name"], leaf),
        sql.SQL(index["definition"]),
    )
    try:
        with ddl.lock_waits(connection, wait_seconds):
            ddl.execute(connection, create)
    except BaseException:
        _drop_unfinished(connection, index["schema_name"], leaf)
        raise


def _drop_unfinished(connection: Connection, schema: str, leaf: str) -> None:
    """What a create that failed has left; what cannot be dropped now is found by the next check."""
    for left in fetch_invalid(connection, [schema]):
        if left["table_name"] == leaf and not left["is_attached"] and not left["is_toast"]:
            try:
                drop_invalid(connection, left, 2 * ddl.PAUSE)
            except psycopg2.Error:
                continue
