"""What a run points out without stopping: a missing index, ids that too many users share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg2.extensions
from psycopg2 import sql

from runner import database

# a smaller table is read in no time without any index
SMALLEST_INDEXED = 64 * 2**20


def missing_indexes(
    connection: psycopg2.extensions.connection,
    schemas: list[str],
    smallest: int = SMALLEST_INDEXED,
) -> list[str]:
    """A line for each index on received_at that a larger Segment table should have.

    Args:
        connection: to the database.
        schemas: of the Segment sources.
        smallest: size from which a table is looked at, in bytes.
    """
    rows = database.fetch_all(
        connection,
        database.load_query("unindexed_sources"),
        {"schemas": schemas, "smallest": smallest},
    )
    lines = []
    for row in rows:
        table = sql.Identifier(row["schema_name"], row["table_name"]).as_string(connection)
        if row["lacks_arrival"]:
            lines.append(
                f"{table} has no index on received_at, so each night reads all of it; make one "
                f"with: create index concurrently on {table} using brin (received_at) "
                "with (autosummarize = on)"
            )
        if row["lacks_missing"]:
            lines.append(
                f"{table} has rows without received_at, and each night looks through much of it "
                "for new ones; make an index with: "
                f"create index concurrently on {table} (received_at) where received_at is null"
            )
    return lines


def shared_ids(
    connection: psycopg2.extensions.connection, schema: str, settings: Mapping[str, Any]
) -> list[str]:
    """A line for each id that links nobody because too many users share it; 20 at most."""
    limit = settings["max_users_per_anonymous_id"]
    if limit is None:
        return []
    query = sql.SQL(database.load_query("shared_ids")).format(schema=sql.Identifier(schema))
    return [
        f"id {row['anonymous_id'][:80]!r} was seen with {row['user_count']} users and links nobody "
        f"(max_users_per_anonymous_id: {limit})"
        for row in database.fetch_all(connection, query, {"limit": limit})
    ]
