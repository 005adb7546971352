"""Months of partitioned tables: those that are missing are made, those that are too old leave."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import psycopg2.extensions
from psycopg2 import sql

from runner.database import fetch_all, load_query

LEAF_NAME = re.compile(r"_(\d{4,})_(\d{2})$")
# a stray event of the year 2000 must not lead to hundreds of empty months
GAP_REACH = 24


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month in UTC."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> Month:
        """The month that holds this moment."""
        moment = moment.astimezone(UTC)
        return cls(moment.year, moment.month)

    @classmethod
    def in_name(cls, name: str) -> Month | None:
        """The month that a partition's name ends with; None where it ends otherwise."""
        found = LEAF_NAME.search(name)
        if found is None or not 1 <= int(found[2]) <= 12:
            return None
        return cls(int(found[1]), int(found[2]))

    def plus(self, months: int) -> Month:
        """The month so many months later."""
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    @property
    def start(self) -> str:
        """First day, as the server reads it; the month after December 9999 has one too."""
        return f"{self.year:04d}-{self.number:02d}-01"

    @property
    def suffix(self) -> str:
        """As it ends a partition's name: 2018_01."""
        return f"{self.year:04d}_{self.number:02d}"

    @property
    def bounds(self) -> str:
        """Its bounds as ``attach partition`` takes them."""
        return (
            f"for values from ('{self.start} 00:00:00+00') to ('{self.plus(1).start} 00:00:00+00')"
        )


@dataclass(frozen=True)
class PartitionSet:
    """One partitioned table and the months it has."""

    schema: str
    table: str
    leaves: tuple[str, ...]

    @property
    def months(self) -> set[str]:
        """The suffixes of its partitions."""
        return {match.group(0)[1:] for leaf in self.leaves if (match := LEAF_NAME.search(leaf))}


@dataclass(frozen=True)
class Leaf:
    """One partition.

    Attributes:
        bound: as the server tells it.
        is_pending: detaching it has begun and not ended: its rows are not seen through the table.
        is_its_month: its bounds are exactly the month its name says.
    """

    schema: str
    table: str
    name: str
    column: str
    bound: str
    is_pending: bool = False
    is_default: bool = False
    is_its_month: bool = True

    @property
    def month(self) -> Month | None:
        """The month its name says."""
        return Month.in_name(self.name)


@dataclass(frozen=True)
class Change:
    """What is to be done, or was done, about one month of a table.

    Attributes:
        action: add, detach, drop, or finish detaching.
        outcome: would be done, done, waits (for a lock), failed, or left.
        detail: why, or where the rows are now.
    """

    schema: str
    table: str
    leaf: str
    action: str
    outcome: str = "would be done"
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        """What --json shows of it."""
        return asdict(self)


# -- what there is ---------------------------------------------------------------------------


def partition_sets(
    connection: psycopg2.extensions.connection, schemas: list[str]
) -> list[PartitionSet]:
    """All tables of these schemas that are partitioned by month."""
    rows = fetch_all(connection, load_query("partition_sets"), {"schemas": schemas})
    return [
        PartitionSet(row["schema_name"], row["table_name"], tuple(row["leaves"])) for row in rows
    ]


def fetch_leaves(
    connection: psycopg2.extensions.connection, schemas: Sequence[str]
) -> dict[PartitionSet, list[Leaf]]:
    """All partitioned tables of these schemas with their partitions, in the order of names."""
    rows = fetch_all(connection, load_query("partition_leaves"), {"schemas": list(schemas)})
    found: dict[tuple[str, str], list[Leaf]] = {}
    for row in rows:
        leaves = found.setdefault((row["schema_name"], row["table_name"]), [])
        if row["leaf_name"] is not None:
            leaves.append(
                Leaf(
                    schema=row["schema_name"],
                    table=row["table_name"],
                    name=row["leaf_name"],
                    column=row["column_name"],
                    bound=row["bound"],
                    is_pending=row["is_pending"],
                    is_default=row["is_default"],
                    is_its_month=row["is_its_month"],
                )
            )
    return {
        PartitionSet(*names, tuple(leaf.name for leaf in leaves)): leaves
        for names, leaves in found.items()
    }


def fetch_detached(
    connection: psycopg2.extensions.connection, schemas: Sequence[str]
) -> list[Leaf]:
    """Tables that have a month's name and are no partition: that month cannot be made."""
    rows = fetch_all(connection, load_query("detached_months"), {"schemas": list(schemas)})
    return [
        Leaf(
            schema=row["schema_name"],
            table=row["table_name"],
            name=row["leaf_name"],
            column=row["column_name"],
            bound="",
        )
        for row in rows
    ]


# -- which months ----------------------------------------------------------------------------


def missing_months(
    present: Collection[Month], now: Month, ahead: int, reach: int = GAP_REACH
) -> list[Month]:
    """Months that a table should have and has not.

    That is every month from the oldest one to now, but none that is more than ``reach`` months
    back, and the months ahead.

    Args:
        present: the months it has; those of stray events, decades off, do not disturb.
        now: the current month.
        ahead: how many months after it.
        reach: how far back gaps are filled.
    """
    oldest = min((month for month in present if month <= now), default=now)
    first = max(oldest, now.plus(-reach))
    wanted = []
    while first <= now.plus(ahead):
        wanted.append(first)
        first = first.plus(1)
    return [month for month in wanted if month not in present]


def months_to_detach(present: Collection[Month], now: Month, retain: int) -> list[Month]:
    """Months older than the ``retain`` ones before the current one, oldest first.

    Raises:
        ValueError: ``retain`` is below 1.
    """
    if retain < 1:
        raise ValueError("at least one month before the current one is kept")
    return sorted(month for month in present if month < now.plus(-retain))


def planned(
    table: PartitionSet,
    leaves: Sequence[Leaf],
    now: Month,
    premake: int,
    retain: int | None = None,
    drop: bool = False,
    taken: Mapping[str, str] | None = None,
) -> list[Change]:
    """What a rollover has to do about one table: add first, since rows may need it.

    Args:
        table: which.
        leaves: its partitions.
        now: the current month.
        premake: months ahead.
        retain: months to keep before the current one; all of them if None.
        drop: months that leave are dropped.
        taken: names that a month cannot have, with what stands there.
    """
    present = {leaf.month for leaf in leaves if leaf.month is not None}
    old = set(months_to_detach(present, now, retain)) if retain is not None else set()
    changes = []
    for month in missing_months(present - old, now, premake):
        name = f"{table.table}_{month.suffix}"
        change = Change(table.schema, table.table, name, "add")
        if name in (taken or {}):
            change = replace(change, outcome="failed", detail=(taken or {})[name])
        changes.append(change)
    # a pending one first: while there is one, no other month of the table can be detached
    for leaf in sorted(leaves, key=lambda one: not one.is_pending):
        change = Change(table.schema, table.table, leaf.name, "detach")
        if leaf.is_pending and retain is None:
            detail = "its rows are not seen; finish it with: python -m runner check --fix"
            changes.append(
                replace(change, action="finish detaching", outcome="left", detail=detail)
            )
        elif leaf.month in old and not leaf.is_its_month:
            detail = "its bounds are not its month; see: python -m runner check"
            changes.append(replace(change, outcome="left", detail=detail))
        elif leaf.month in old:
            changes.append(replace(change, action="drop" if drop else "detach"))
        elif leaf.is_pending:
            changes.append(replace(change, action="finish detaching"))
    return changes


# -- making one -----------------------------------------------------------------------------


def month_statements(
    connection: psycopg2.extensions.connection, table: PartitionSet, month: Month
) -> list[sql.Composed]:
    """The statements that create one month, by ``create (like)`` + ``attach``.

    That waits for no reader; ``partition of`` would take an exclusive lock on the parent.

    Args:
        connection: to ask for storage settings and statistics targets of the table's newest month.
        table: where the month is missing.
        month: which.
    """
    like = fetch_all(
        connection,
        load_query("leaf_settings"),
        {"schema_name": table.schema, "table_name": table.table},
    )
    storage = sql.SQL("")
    if like and like[0]["options"]:
        storage = sql.SQL(" with ({})").format(
            sql.SQL(", ").join(sql.SQL(option) for option in like[0]["options"])
        )
    parent = sql.Identifier(table.schema, table.table)
    leaf = sql.Identifier(table.schema, f"{table.table}_{month.suffix}")
    targets = [
        sql.SQL("alter column {} set statistics {}").format(
            sql.Identifier(name), sql.Literal(target)
        )
        for name, target in (like[0]["statistics_targets"] if like else {}).items()
    ]
    statistics = sql.SQL("alter table {} {}").format(leaf, sql.SQL(", ").join(targets))
    attach = sql.SQL("alter table {} attach partition {} ").format(parent, leaf)
    return [
        sql.SQL("create table {} (like {} including all){}").format(leaf, parent, storage),
        *([statistics] if targets else []),
        attach + sql.SQL(month.bounds),
    ]


def add_month(
    connection: psycopg2.extensions.connection, table: PartitionSet, month: Month
) -> None:
    """Create one month, whole or not at all.

    Args:
        connection: in autocommit mode.
        table: where the month is missing.
        month: which.
    """
    statements = month_statements(connection, table, month)
    with connection.cursor() as cursor:
        cursor.execute("begin")
        try:
            for statement in statements:
                cursor.execute(statement)
        except BaseException:
            cursor.execute("rollback")
            raise
        cursor.execute("commit")


def add_months_ahead(
    connection: psycopg2.extensions.connection,
    schemas: list[str],
    now: datetime,
    ahead: int = 3,
) -> list[tuple[PartitionSet, Month]]:
    """Give every table this month and ``ahead`` more; return what was made."""
    made = []
    for table in partition_sets(connection, schemas):
        for distance in range(ahead + 1):
            month = Month.of(now).plus(distance)
            if month.suffix not in table.months:
                add_month(connection, table, month)
                made.append((table, month))
    return made
