"""What is wrong with partitions, indexes, leftovers and accounts, and the command that mends it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg2
from psycopg2 import sql

from runner import advice, ddl
from runner.database import fetch_all, load_query, table_exists
from runner.ddl import Connection
from runner.errors import BlockedByLocks
from runner.partitions import (
    GAP_REACH,
    Leaf,
    Month,
    PartitionSet,
    fetch_detached,
    fetch_leaves,
    missing_months,
)

ERROR, WARNING, NOTICE = SEVERITIES = ("error", "warning", "notice")
# rows of a month need a place at its first second, and a night may be late
AHEAD = 1
LOCK_SECONDS = 2.0
LONGEST_LOOK = "10s"
MEND = "python -m runner check --fix"
PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        severity: error (rows are not seen, or will not be written), warning, or notice.
        kind: what sort of thing: missing month, invalid index, ...
        where: schema and name of the table, partition or index.
        what: what is wrong with it.
        command: SQL, or a command of the runner, that mends it.
        facts: what ``--fix`` needs to know; empty where it leaves the thing alone.
    """

    severity: str
    kind: str
    where: str
    what: str
    command: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """What --json shows of it."""
        return {
            "severity": self.severity,
            "kind": self.kind,
            "where": self.where,
            "what": self.what,
            "command": self.command,
            "is_safe_to_fix": bool(self.facts),
        }


def name(*parts: str) -> str:
    """A name as SQL takes it, with quotes only where it needs them."""
    return ".".join(
        part if PLAIN_NAME.fullmatch(part) else '"' + part.replace('"', '""') + '"'
        for part in parts
    )


def run_checks(
    connection: Connection,
    schemas: Sequence[str],
    source_schemas: Sequence[str] = (),
    now: datetime | None = None,
    ahead: int = AHEAD,
) -> list[Finding]:
    """Look everything over; nothing is changed.

    Args:
        connection: in autocommit mode.
        schemas: of the project.
        source_schemas: that Segment writes to.
        now: by the server's clock if None.
        ahead: months after the current one that are to be there.

    Returns:
        The findings, the worst first.

    Raises:
        BlockedByLocks: someone holds an exclusive lock on a table that was to be looked at.
    """
    if now is None:
        now = fetch_all(connection, load_query("clock"))[0]["server_time"]
    schemas = sorted(set(schemas))
    try:
        with ddl.lock_waits(connection, LOCK_SECONDS):
            found = [
                *_partitions(connection, schemas, Month.of(now), ahead),
                *_missing_indexes(connection, schemas),
                *_unattached_indexes(connection, schemas),
                *_invalid_indexes(connection, schemas),
                *_leftover_tables(connection, schemas),
                *_accounts(connection, schemas),
                *source_indexes(connection, source_schemas),
                *_statistics(connection, schemas),
            ]
    except ddl.NOT_GIVEN as error:
        raise BlockedByLocks(
            f"check: {ddl.reason(error)}; look who holds it with: python -m runner locks",
            error.pgcode,
        ) from None
    return sorted(found, key=_order)


def _order(one: Finding) -> tuple[int, str, str, str]:
    return SEVERITIES.index(one.severity), one.where, one.kind, one.what


# -- partitions ------------------------------------------------------------------------------


def _partitions(
    connection: Connection, schemas: list[str], now: Month, ahead: int
) -> Iterator[Finding]:
    tables = fetch_leaves(connection, schemas)
    if not tables:
        where = ", ".join(schemas)
        yield Finding(
            NOTICE, "no tables", where, "no partitioned table is there", "python -m runner nightly"
        )
    detached = fetch_detached(connection, schemas)
    for table, leaves in tables.items():
        taken = {one.name for one in detached if one.schema == table.schema}
        yield from _missing(table, leaves, taken, now, ahead)
        for leaf in leaves:
            yield from _partition(leaf)
            if not (leaf.is_its_month or leaf.is_default):
                yield from _rows_elsewhere(connection, leaf)
    for leaf in detached:
        yield from _detached_month(leaf, now)
        yield from _rows_elsewhere(connection, leaf)


def _missing(
    table: PartitionSet, leaves: Sequence[Leaf], taken: set[str], now: Month, ahead: int
) -> Iterator[Finding]:
    present = {leaf.month for leaf in leaves if leaf.month is not None}
    for month in missing_months(present, now, ahead):
        if f"{table.table}_{month.suffix}" in taken:
            continue  # what has its name is a finding of its own
        yield Finding(
            WARNING if month < now else ERROR,
            "missing month",
            name(table.schema, table.table),
            f"the month {month.suffix} is missing",
            "python -m runner rollover",
            {"table": table, "month": month},
        )


def _partition(leaf: Leaf) -> Iterator[Finding]:
    where, parent = name(leaf.schema, leaf.name), name(leaf.schema, leaf.table)
    if leaf.is_pending:
        yield Finding(
            ERROR,
            "pending detach",
            where,
            "detaching it was begun and not ended: its rows are not seen, new ones are refused",
            f"alter table {parent} detach partition {where} finalize",
            {"schema": leaf.schema, "table": leaf.table, "leaf": leaf.name},
        )
    if leaf.is_default:
        yield Finding(
            ERROR,
            "default partition",
            where,
            "a default partition: each new month locks it, and readers wait; move its rows to "
            "months of their own once it is detached",
            f"alter table {parent} detach partition {where}",
        )
    elif not leaf.is_its_month:
        said = f"the month {leaf.month.suffix}" if leaf.month else "no month"
        yield Finding(
            ERROR,
            "wrong bounds",
            where,
            f"its name says {said}, its bounds are {leaf.bound.lower()}: months that it covers "
            "cannot be made; make them once it is detached, and move its rows there",
            f"alter table {parent} detach partition {where} concurrently",
        )


def _rows_elsewhere(connection: Connection, leaf: Leaf) -> Iterator[Finding]:
    """Rows that are not of the month that the name of a partition or of a lone table says."""
    if leaf.month is None:
        return
    where = name(leaf.schema, leaf.name)
    days = {
        key: f"{month.year:04d}-{month.number:02d}-01"
        for key, month in (("first_day", leaf.month), ("next_day", leaf.month.plus(1)))
    }
    query = sql.SQL(load_query("month_extremes")).format(
        table=sql.Identifier(leaf.schema, leaf.name), column=sql.Identifier(leaf.column)
    )
    try:
        with ddl.setting(connection, "statement_timeout", LONGEST_LOOK):
            row = fetch_all(connection, query, days)[0]
    except ddl.NOT_GIVEN:
        raise
    except psycopg2.Error as error:
        what = f"could not be looked through for rows of other months: {ddl.reason(error)}"
        yield Finding(NOTICE, "wrong rows", where, what)
        return
    if row["is_outside"]:
        yield Finding(
            ERROR,
            "wrong rows",
            where,
            f"it holds rows from {row['first_row']} to {row['last_row']}, not only those of its "
            "month; once it is detached and renamed they can be moved",
            f"insert into {name(leaf.schema, leaf.table)} select * from {where}",
        )


def _detached_month(leaf: Leaf, now: Month) -> Iterator[Finding]:
    assert leaf.month is not None
    where, parent = name(leaf.schema, leaf.name), name(leaf.schema, leaf.table)
    yield Finding(
        ERROR if leaf.month >= now.plus(-GAP_REACH) else WARNING,
        "detached month",
        where,
        f"it has the name of a month of {parent} and is no partition of it: its rows are not "
        f"seen, and the month cannot be made; attach it, or rename it to {leaf.name}_detached",
        f"alter table {parent} attach partition {where} {leaf.month.bounds}",
    )


# -- indexes ---------------------------------------------------------------------------------


def _missing_indexes(connection: Connection, schemas: list[str]) -> Iterator[Finding]:
    rows = fetch_all(connection, load_query("missing_leaf_indexes"), {"schemas": schemas})
    for row in rows:
        index = name(row["schema_name"], row["index_name"])
        yield Finding(
            WARNING,
            "missing index",
            name(row["schema_name"], row["leaf_name"]),
            f"it lacks index {index} of {row['table_name']}: {row['definition']}",
            MEND,
            row,
        )


def _unattached_indexes(connection: Connection, schemas: list[str]) -> Iterator[Finding]:
    """An index that most months have was meant for all; one of a few months is their own."""
    rows = fetch_all(connection, load_query("unattached_indexes"), {"schemas": schemas})
    for row in rows:
        parent = name(row["schema_name"], row["table_name"])
        having, lacking = len(row["having_leaves"]), len(row["lacking_leaves"])
        is_meant = having > lacking
        unique = "unique " if row["is_unique"] else ""
        yield Finding(
            WARNING if is_meant else NOTICE,
            "missing index",
            parent,
            f"{having} of {having + lacking} months have an index of their own that the table has "
            f"not, so new months will lack it: {unique}{row['definition']}",
            MEND if is_meant else f"create {unique}index on {parent} {row['definition']}",
            row if is_meant else {},
        )


def _invalid_indexes(connection: Connection, schemas: list[str]) -> Iterator[Finding]:
    rows = fetch_all(connection, load_query("invalid_indexes"), {"schemas": schemas})
    for row in rows:
        where = name(row["index_schema"], row["index_name"])
        on = name(row["schema_name"], row["table_name"])
        if row["built_by"] is not None:
            what = f"not valid: backend {row['built_by']} builds an index of {on} now"
            yield Finding(NOTICE, "invalid index", where, what)
        elif row["is_of_parent"]:
            what = f"not valid: not all months of {on} have a valid index that belongs to it"
            yield Finding(WARNING, "invalid index", where, what, MEND)
        elif row["is_toast"]:
            what = f"not valid: left beside the toast table of {on}; only a superuser can drop it"
            command = f"drop index concurrently {where}"
            yield Finding(NOTICE, "invalid index", where, what, command)
        elif row["is_attached"]:
            what = f"not valid: it is written with every row of {on} and never read"
            command = f"reindex index concurrently {where}"
            yield Finding(WARNING, "invalid index", where, what, command, row)
        else:
            what = f"not valid: left on {on} by a create or reindex that did not end"
            command = f"drop index concurrently {where}"
            yield Finding(WARNING, "invalid index", where, what, command, row)


# -- the rest --------------------------------------------------------------------------------


def _leftover_tables(connection: Connection, schemas: list[str]) -> Iterator[Finding]:
    rows = fetch_all(connection, load_query("leftover_tables"), {"schemas": schemas})
    for row in rows:
        where = name(row["schema_name"], row["table_name"])
        yield Finding(
            WARNING,
            "leftover table",
            where,
            f"a {row['kind']} of {row['size']} that a run of dbt left behind, if none goes on now",
            f"drop {row['kind']} {where}",
        )


def _accounts(connection: Connection, schemas: list[str]) -> Iterator[Finding]:
    for schema in schemas:
        if not table_exists(connection, schema, "load_accounts"):
            continue
        query = sql.SQL(load_query("unaccounted_rows")).format(schema=sql.Identifier(schema))
        for row in fetch_all(connection, query):
            yield Finding(
                ERROR,
                "accounting",
                name(schema, "load_accounts"),
                f"of {row['rows_read']} rows read from {row['source_name']}.{row['source_table']} "
                f"in the run of {row['loaded_at']} UTC {row['rows_told']} are accounted for; look "
                "into it with: python -m runner nightly --full-tests",
                "python -m runner nightly --full-refresh",
            )


def source_indexes(
    connection: Connection, schemas: Sequence[str], smallest: int = advice.SMALLEST_INDEXED
) -> Iterator[Finding]:
    """Indexes on received_at that Segment's tables lack.

    Args:
        connection: to the database.
        schemas: that Segment writes to.
        smallest: size from which a table is looked at, in bytes.
    """
    for line in advice.missing_indexes(connection, list(schemas), smallest):
        # the line names the table first and the command last
        told, _, command = line.rpartition(" with: ")
        where, _, what = told.rpartition("; ")[0].partition(" has ")
        yield Finding(WARNING, "source index", where.replace('"', ""), f"has {what}", command)


def _statistics(connection: Connection, schemas: list[str]) -> Iterator[Finding]:
    rows = fetch_all(connection, load_query("tables_without_statistics"), {"schemas": schemas})
    for row in rows:
        where = name(row["schema_name"], row["table_name"])
        of = "of the whole table" if row["is_parent"] else "of its rows"
        yield Finding(
            WARNING if row["is_parent"] else NOTICE,
            "statistics",
            where,
            f"statistics {of} were never gathered: queries are planned blindly",
            f"analyze {where}",
            row,
        )
