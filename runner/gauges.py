"""How the tables stand at the end of a run: how old the newest rows are, how far months reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2 import sql

from runner import database, partitions
from runner.errors import RunnerError

if TYPE_CHECKING:
    from runner.project import Project


@dataclass(frozen=True)
class Gauges:
    """What was found; nothing where it could not be asked.

    Attributes:
        lags: ``source_name``, ``source_table`` and ``lag_seconds`` since its newest row arrived.
        months_ahead: monthly partitions after the current month without a gap, of the table that
            has the fewest.
    """

    lags: Sequence[Mapping[str, Any]] = ()
    months_ahead: int | None = None


def read_gauges(project: Project) -> Gauges:
    """Ask the database; what it cannot say is left out."""
    try:
        with database.session() as connection:
            return Gauges(_lags(connection, project), _months_ahead(connection, project.schemas()))
    except (psycopg2.Error, RunnerError):
        return Gauges()


def _lags(connection: psycopg2.extensions.connection, project: Project) -> list[dict[str, Any]]:
    schema = project.schema_of("source_cursors")
    if not database.table_exists(connection, schema, "source_cursors"):
        return []
    query = sql.SQL(database.load_query("newest_rows")).format(schema=sql.Identifier(schema))
    return database.fetch_all(connection, query)


def _months_ahead(connection: psycopg2.extensions.connection, schemas: list[str]) -> int | None:
    now = database.fetch_all(connection, database.load_query("clock"))[0]["server_time"]
    tables = partitions.partition_sets(connection, schemas)
    return min((_reach(one, partitions.Month.of(now)) for one in tables), default=None)


def _reach(table: partitions.PartitionSet, now: partitions.Month) -> int:
    ahead = 0
    while now.plus(ahead + 1).suffix in table.months:
        ahead += 1
    return ahead
