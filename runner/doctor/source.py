"""Segment's tables: whether they are there, can be read, and have what a run needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg2
from psycopg2 import sql

from runner import advice, ddl
from runner.checks import ERROR, NOTICE, WARNING, Finding, name, source_indexes
from runner.database import fetch_all, load_query
from runner.ddl import Connection
from runner.doctor.findings import size, well

TABLES = ["tracks", "pages", "screens", "identifies", "aliases"]
REQUIRED_TABLE = "tracks"
REQUIRED = ("id", "timestamp", "received_at")
MOMENTS = ("timestamp with time zone", "timestamp without time zone")
KINDS = {"v": "view", "f": "foreign table", "p": "partitioned table"}
# a source that was quiet for so long has most likely stopped
QUIET_SECONDS = 48 * 3600.0
AHEAD_SECONDS = 300.0
LONGEST_LOOK = "3s"


def look(
    connection: Connection, sources: Sequence[str], schemas: Sequence[str]
) -> Iterator[Finding]:
    """Each table of each source."""
    rows = fetch_all(
        connection, load_query("doctor_sources"), {"schemas": list(sources), "tables": TABLES}
    )
    for schema in sources:
        tables = {row["table_name"]: row for row in rows if row["schema_name"] == schema}
        if REQUIRED_TABLE not in tables:
            yield _no_tracks(connection, schema, schemas)
        for row in tables.values():
            found = list(_table(connection, row))
            yield from found
            if not any(one.severity == ERROR for one in found):
                yield from _contents(connection, row)
        absent = [table for table in TABLES if table not in (*tables, REQUIRED_TABLE)]
        if tables and absent:
            yield well("source", schema, f"without {', '.join(absent)}: optional, left out")


def _no_tracks(connection: Connection, schema: str, schemas: Sequence[str]) -> Finding:
    others = fetch_all(connection, load_query("doctor_segment_schemas"), {"skipped": list(schemas)})
    hint = others[0]["schema_name"] if others else "..."
    seen = ", ".join(row["schema_name"] for row in others)
    return Finding(
        ERROR,
        "source",
        f"{schema}.{REQUIRED_TABLE}",
        "the table is missing: a run stops before it writes anything"
        + (f"; there is one in {seen}" if seen else "; let Segment sync into this database first"),
        f"segment_sources: [{{name: app, schema: {hint}}}]",
    )


def _table(connection: Connection, row: Mapping[str, Any]) -> Iterator[Finding]:
    place, schema = name(row["schema_name"], row["table_name"]), name(row["schema_name"])
    role = name(connection.info.user)
    if not row["may_use_schema"]:
        yield Finding(
            ERROR,
            "privileges",
            schema,
            f"{role} may not use the schema",
            f"grant usage on schema {schema} to {role}",
        )
    if not row["may_select"]:
        yield Finding(
            ERROR,
            "privileges",
            place,
            f"{role} may not read it",
            f"grant select on all tables in schema {schema} to {role}",
        )
    yield from _columns(place, row["table_name"], row["columns"])
    if row["kind"] in KINDS:
        yield Finding(
            NOTICE,
            "source",
            place,
            f"a {KINDS[row['kind']]}: its size is not seen, so a first build does not go by months "
            "of itself",
            "python -m runner nightly --by-month",
        )


def _columns(place: str, table: str, columns: Mapping[str, str]) -> Iterator[Finding]:
    """As macros/source/check_table_columns.sql has it."""
    for column in REQUIRED:
        if column not in columns:
            data_type = "text" if column == "id" else "timestamptz"
            yield Finding(
                ERROR,
                "source",
                place,
                f"the required column '{column}' is missing",
                f"alter table {place} add column {column} {data_type}",
            )
        elif column != "id" and columns[column] not in MOMENTS:
            yield Finding(
                ERROR,
                "source",
                place,
                f"the column '{column}' is of type {columns[column]}, not a timestamp",
                f"alter table {place} alter column {column} type timestamptz "
                f"using {column}::timestamptz",
            )
    ids = ("previous_id", "user_id") if table == "aliases" else ("anonymous_id", "user_id")
    if not any(one in columns for one in ids):
        yield Finding(
            ERROR,
            "source",
            place,
            f"both '{ids[0]}' and '{ids[1]}' are missing: one of them is required",
            f"alter table {place} add column {ids[0]} text",
        )


def _contents(connection: Connection, row: Mapping[str, Any]) -> Iterator[Finding]:
    """How much there is, and how new."""
    place = name(row["schema_name"], row["table_name"])
    rows = f"about {row['row_estimate']:,} rows" if row["row_estimate"] >= 0 else "rows not counted"
    told = f"{rows}, {size(row['bytes'])}"
    table = sql.Identifier(row["schema_name"], row["table_name"])
    query = sql.SQL(load_query("doctor_newest")).format(table=table)
    try:
        with ddl.setting(connection, "statement_timeout", LONGEST_LOOK):
            lag = fetch_all(connection, query)[0]["lag_seconds"]
    except psycopg2.OperationalError:
        if connection.closed:
            raise
        yield well("source", place, f"{told}; how new was not found out in {LONGEST_LOOK}")
        return
    if lag is None and row["table_name"] != REQUIRED_TABLE:
        yield well("source", place, "no rows yet")
    elif lag is None:
        why = "no rows yet: a run has nothing to do before Segment has synced"
        yield Finding(WARNING, "source", place, why, f"select count(*) from {place}")
    elif lag < -AHEAD_SECONDS:
        yield Finding(
            WARNING,
            "source",
            place,
            f"{told}; its newest row says that it arrives {-lag / 3600:,.1f} h from now: such rows "
            "are read again each night",
            f"select * from {place} where received_at > now() limit 10",
        )
    elif lag > QUIET_SECONDS and row["table_name"] == REQUIRED_TABLE:
        yield Finding(
            WARNING,
            "source",
            place,
            f"{told}; its newest row arrived {lag / 3600:,.0f} h ago: look at the sync in Segment",
            f"select max(received_at) from {place}",
        )
    else:
        yield well("source", place, f"{told}; its newest row arrived {lag / 3600:,.1f} h ago")


def indexes(connection: Connection, sources: Sequence[str]) -> Iterator[Finding]:
    """Whether a night finds what arrived without reading all of a table."""
    found = list(source_indexes(connection, sources, 0))
    large = {
        (one.where, one.what)
        for one in source_indexes(connection, sources, advice.SMALLEST_INDEXED)
    }
    for one in found:
        if (one.where, one.what) in large:
            yield one
        else:
            yield Finding(NOTICE, one.kind, one.where, f"{one.what}; small as yet", one.command)
    parameters = {"schemas": list(sources), "tables": TABLES}
    if not found and fetch_all(connection, load_query("doctor_sources"), parameters):
        yield well("source index", ", ".join(sources), "an index on received_at where one is due")
