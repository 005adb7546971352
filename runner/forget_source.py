"""A person's rows in the raw source: counted and deleted where asked for, and looked through for
copies that count once the winning one is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg2 import sql

from runner import database
from runner.errors import ForgetError
from runner.forget_person import SPACES, Records

KINDS = {
    "tracks": "event", "pages": "event", "screens": "event",
    "identifies": "call", "aliases": "call",
}  # fmt: skip


@dataclass(frozen=True)
class SourceTable:
    """A table of the source with ids in it.

    Attributes:
        source: name of the Segment source.
        columns: those that hold an id of a person.
        is_table: no view, and not foreign.
        may_delete: our role has the right.
    """

    source: str
    schema: str
    name: str
    columns: tuple[str, ...]
    is_table: bool
    may_delete: bool

    @property
    def place(self) -> sql.Composable:
        """Schema and name."""
        return sql.Identifier(self.schema, self.name)

    @property
    def carries(self) -> sql.Composable:
        """Whether a row carries an id that leaves."""
        parts = [
            sql.SQL(
                "btrim(cast(source_row.{} as text), %(spaces)s) in (select id from forget_ids)"
            ).format(sql.Identifier(column))
            for column in self.columns
        ]
        return sql.SQL("({})").format(sql.SQL(" or ").join(parts))


class Source:
    """The tables of every Segment source.

    Args:
        records: with the ids chosen.
        segment_sources: as ``vars.segment_sources`` has them.
    """

    def __init__(self, records: Records, segment_sources: Sequence[Mapping[str, Any]]) -> None:
        self.records = records
        names = {str(one["schema"]): str(one["name"]) for one in segment_sources}
        query = database.load_query("source_id_tables")
        self.tables = [
            SourceTable(
                names[row["schema_name"]], row["schema_name"], row["table_name"],
                tuple(row["id_columns"]), row["is_table"], row["may_delete"],
            )
            for row in database.fetch_all(records.connection, query, {"schemas": list(names)})
        ]  # fmt: skip

    def check_rights(self) -> None:
        """Whether all of it may be deleted from.

        Raises:
            ForgetError: names a table that is a view, or that our role may not delete from.
        """
        for table in self.tables:
            place = f"{table.schema}.{table.name}"
            if not table.is_table and table.name in KINDS:
                raise ForgetError(
                    f"forget: {place} is no ordinary table: delete the rows where they come from, "
                    "and leave --source out"
                )
            if table.is_table and not table.may_delete:
                user = self.records.connection.info.user
                raise ForgetError(
                    f"forget: role {user} may not delete from {place}: grant it select and delete "
                    "on the table, or leave --source out"
                )

    def count(self) -> dict[str, int]:
        """How many rows of each table carry one of the ids."""
        query = sql.SQL("select count(*) as number from {} as source_row where {}")
        counts = {}
        for table in filter(lambda one: one.is_table, self.tables):
            rows = database.fetch_all(
                self.records.connection,
                query.format(table.place, table.carries),
                {"spaces": SPACES},
            )
            counts[f"{table.schema}.{table.name}"] = int(rows[0]["number"])
        return counts

    def delete(self) -> dict[str, int]:
        """Delete them; the number of rows by table. To be called within a transaction."""
        statement = sql.SQL("delete from {} as source_row where {}")
        removed = {}
        with self.records.connection.cursor() as cursor:
            for table in filter(lambda one: one.is_table, self.tables):
                cursor.execute(statement.format(table.place, table.carries), {"spaces": SPACES})
                removed[f"{table.schema}.{table.name}"] = cursor.rowcount
        return removed

    def note_rereads(self) -> int:
        """Note where other copies of what left stand; how many places. Within a transaction."""
        leaving = {
            (row["source_name"], row["kind"])
            for row in database.fetch_all(
                self.records.connection, "select distinct source_name, kind from forget_removed"
            )
        }
        noted = 0
        for table in self.tables:
            kind = KINDS.get(table.name)
            if (table.source, kind) in leaving:
                parameters = {
                    "source_name": table.source,
                    "source_table": table.name,
                    "kind": kind,
                    "spaces": SPACES,
                }
                noted += self.records.run(
                    "forget_rereads", parameters, source=table.place, carries=table.carries
                )
        return noted
