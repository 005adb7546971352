"""Statistics of partitioned tables as a whole, which autovacuum never gathers."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg2.extensions
from psycopg2 import sql

from runner import database

# from there on a parent can be looked at without each of its months being looked at again
ONLY_VERSION = 180000
# autovacuum finds larger months within a minute; smaller ones may never reach its 50 rows
SMALL_MONTH_BYTES = 64 * 2**10


def whole_statement(
    connection: psycopg2.extensions.connection,
    schema: str,
    table: str,
    columns: Sequence[str] = (),
) -> sql.Composed:
    """What gathers statistics of a partitioned table as a whole; before PostgreSQL 18 of its months
    too.

    Args:
        connection: tells the server's version.
        schema: of the table.
        table: its name.
        columns: only of these; all if empty.
    """
    words = "analyze only {}" if connection.server_version >= ONLY_VERSION else "analyze {}"
    statement = sql.SQL(words).format(sql.Identifier(schema, table))
    if columns:
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("{} ({})").format(statement, names)
    return statement


def analyze_whole(
    connection: psycopg2.extensions.connection,
    schema: str,
    table: str,
    columns: Sequence[str] = (),
) -> None:
    """Execute it.

    Args:
        connection: in autocommit mode.
        schema: of the table.
        table: its name.
        columns: only of these; all if empty.
    """
    with connection.cursor() as cursor:
        cursor.execute(whole_statement(connection, schema, table, columns))


def analyze_due(connection: psycopg2.extensions.connection, schemas: list[str]) -> list[str]:
    """Gather what is missing or a week old, of whole tables and of small months.

    Args:
        connection: in autocommit mode.
        schemas: those of the project.

    Returns:
        The names of the partitioned tables that were due.
    """
    parameters = {"schemas": schemas}
    due = database.fetch_all(connection, database.load_query("unanalyzed_parents"), parameters)
    for row in due:
        analyze_whole(connection, row["schema_name"], row["table_name"])
    if due:
        bare = database.fetch_all(
            connection, database.load_query("tables_without_statistics"), parameters
        )
        for row in bare:
            if not row["is_parent"] and row["size_bytes"] < SMALL_MONTH_BYTES:
                month = sql.Identifier(row["schema_name"], row["table_name"])
                with connection.cursor() as cursor:
                    cursor.execute(sql.SQL("analyze {}").format(month))
    return [row["table_name"] for row in due]
