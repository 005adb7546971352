"""Months ahead: every partitioned table has this month and the next ones before rows arrive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg2.extensions
from psycopg2 import sql

from runner.database import fetch_all, load_query

LEAF_NAME = re.compile(r"_(\d{4,})_(\d{2})$")


@dataclass(frozen=True)
class Month:
    """A calendar month in UTC."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> Month:
        """The month that holds this moment."""
        moment = moment.astimezone(UTC)
        return cls(moment.year, moment.month)

    def plus(self, months: int) -> Month:
        """The month so many months later."""
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    @property
    def start(self) -> date:
        """First day."""
        return date(self.year, self.number, 1)

    @property
    def suffix(self) -> str:
        """As it ends a partition's name: 2018_01."""
        return f"{self.year:04d}_{self.number:02d}"


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


def partition_sets(
    connection: psycopg2.extensions.connection, schemas: list[str]
) -> list[PartitionSet]:
    """All tables of these schemas that are partitioned by month."""
    rows = fetch_all(connection, load_query("partition_sets"), {"schemas": schemas})
    return [
        PartitionSet(row["schema_name"], row["table_name"], tuple(row["leaves"])) for row in rows
    ]


def add_month(
    connection: psycopg2.extensions.connection, table: PartitionSet, month: Month
) -> None:
    """Create one month by ``create (like)`` + ``attach``, which waits for no reader.

    ``partition of`` would take an exclusive lock on the parent.

    Args:
        connection: in autocommit mode.
        table: where the month is missing.
        month: which.
    """
    options = fetch_all(
        connection,
        load_query("leaf_storage"),
        {"schema_name": table.schema, "table_name": table.table},
    )
    storage = sql.SQL("")
    if options and options[0]["options"]:
        storage = sql.SQL(" with ({})").format(
            sql.SQL(", ").join(sql.SQL(option) for option in options[0]["options"])
        )
    parent = sql.Identifier(table.schema, table.table)
    leaf = sql.Identifier(table.schema, f"{table.table}_{month.suffix}")
    bounds = sql.SQL("for values from ({}) to ({})").format(
        sql.Literal(f"{month.start} 00:00:00+00"),
        sql.Literal(f"{month.plus(1).start} 00:00:00+00"),
    )
    with connection.cursor() as cursor:
        cursor.execute("begin")
        try:
            cursor.execute(
                sql.SQL("create table {} (like {} including all){}").format(leaf, parent, storage)
            )
            cursor.execute(
                sql.SQL("alter table {} attach partition {} ").format(parent, leaf) + bounds
            )
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
