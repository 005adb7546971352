"""Which rows are a person's, and how they leave the project's tables, in one transaction.

Ids travel by ``copy`` into temporary tables of the session, so that no statement shows one to the
server's log or to pg_stat_activity.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg2.extensions
from psycopg2 import sql

from runner import database
from runner.errors import ForgetError

Connection = psycopg2.extensions.connection

# white space that an id loses at both ends: macros/web/clean_id.sql
SPACES = " \t\n\r\f\x0b"
EMPTY_IDS = ("", "null", "undefined", "none", "nan", "0", "00000000-0000-0000-0000-000000000000")
MODELS = (
    "app_tracks", "identity_calls", "rejected_events", "known_pairs", "identity_map",
    "identity_sessions", "all_sessions", "useful_sessions", "excluded_sessions", "attribution",
    "touched_identities", "touched_links", "touched_aliases", "map_changes", "rebuild_requests",
    "arrived_events", "arrived_identity_calls", "night_checks", "source_rereads",
    "forgotten_ids", "forgotten_salt", "runs", "steps",
)  # fmt: skip
# left out where vars.reporting is false
REPORTING_MODELS = (
    "touch_credit", "signup_activity", "signup_value", "self_report_answers", "attribution_changes",
)  # fmt: skip
_NEAR = "any(array(select hashtextextended(id, 0) from forget_near))"
_LEAVE = "in (select id from forget_ids)"
# what of each table is a person's; lookups go by the indexes of the models
CONDITIONS = {
    "app_tracks": f"hashtextextended(coalesce(stored.user_id, stored.anonymous_id), 0) = {_NEAR}"
    f" and (stored.user_id {_LEAVE} or stored.anonymous_id {_LEAVE})",
    "identity_calls": f"(hashtextextended(stored.user_id, 0) = {_NEAR} or stored.user_id is null)"
    f" and (stored.user_id {_LEAVE} or stored.anonymous_id {_LEAVE}"
    f" or stored.previous_id {_LEAVE})",
    "rejected_events": f"btrim(stored.source_row ->> 'user_id', %(spaces)s) {_LEAVE}"
    f" or btrim(stored.source_row ->> 'anonymous_id', %(spaces)s) {_LEAVE}",
    "known_pairs": f"stored.anonymous_id {_LEAVE} or stored.user_id {_LEAVE}",
    "identity_map": f"stored.id {_LEAVE}",
    "identity_sessions": "hashtextextended(stored.identity, 0) ="
    " any(array(select hashtextextended(id, 0) from forget_ids))"
    f" and stored.identity {_LEAVE}",
    "all_sessions": f"stored.alias_id {_LEAVE}",
    "useful_sessions": f"stored.alias_id {_LEAVE}",
    "excluded_sessions": f"stored.alias_id {_LEAVE}",
    "attribution": f"stored.alias_id {_LEAVE}",
    "touch_credit": f"stored.alias_id {_LEAVE}",
    "signup_activity": f"stored.alias_id {_LEAVE}",
    "signup_value": f"stored.alias_id {_LEAVE}",
    "self_report_answers": f"stored.alias_id {_LEAVE}",
    "attribution_changes": f"stored.alias_id {_LEAVE} or stored.moved_to_alias_id {_LEAVE}",
    "night_checks": f"stored.alias_id {_LEAVE}",
}
# what still names a person until the models have followed
LEFT_CONDITIONS = {
    **CONDITIONS,
    "identity_map": f"stored.id {_LEAVE} or stored.next_id {_LEAVE} or stored.alias_id {_LEAVE}",
}


@dataclass(frozen=True)
class Person:
    """Who leaves, and what it costs.

    Attributes:
        ids: those named, and those that lead to nobody else.
        shared: ids that others use as well; they stay.
        led_to: users that a named id was seen with; they stay.
        rows: how many rows of each table leave, by schema and name.
        source_rows: the same for the raw source, where it was asked for.
    """

    ids: list[str]
    shared: list[str] = field(default_factory=list)
    led_to: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    source_rows: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """What --json shows of it."""
        return asdict(self)


class Records:
    """The rows of some ids, in the project's tables.

    Args:
        connection: in autocommit mode; its temporary tables hold the ids.
        places: the schema of each model that has a table.
    """

    def __init__(self, connection: Connection, places: Mapping[str, str]) -> None:
        self.connection = connection
        self.tables = {model: sql.Identifier(schema, model) for model, schema in places.items()}
        self._places = places

    def run(
        self, name: str, parameters: Mapping[str, Any] | None = None, **more: sql.Composable
    ) -> int:
        """Run ``queries/<name>.sql``; the number of rows it wrote."""
        query = sql.SQL(database.load_query(name)).format(**self.tables, **more)
        with self.connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return max(cursor.rowcount, 0)

    def fetch(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of ``queries/<name>.sql``."""
        query = sql.SQL(database.load_query(name)).format(**self.tables)
        return database.fetch_all(self.connection, query, parameters)

    def is_unfinished(self) -> bool:
        """Whether a run that was cut short left keys for the next one."""
        return bool(self.fetch("forget_unfinished")[0]["is_unfinished"])

    def choose(self, named: Sequence[str]) -> Person:
        """Find the ids that leave with those named."""
        self.run("forget_tables")
        lines = "".join(f"{_copied(one)}\n" for one in named)
        with self.connection.cursor() as cursor:
            cursor.copy_expert("copy forget_named (id) from stdin", io.StringIO(lines))
        self.run("forget_ids")
        self.run("forget_near")
        with self.connection.cursor() as cursor:
            cursor.execute("analyze forget_ids, forget_near")
        stays = self.fetch("forget_stays")
        ids = database.fetch_all(
            self.connection, "select id from forget_ids order by is_named desc, id"
        )
        return Person(
            [row["id"] for row in ids],
            [row["id"] for row in stays if row["why"] == "shared"],
            [row["id"] for row in stays if row["why"] == "led to"],
        )

    def count(self) -> dict[str, int]:
        """How many rows of each table are theirs."""
        return {name: self._count(table, what) for name, table, what in self._targets(CONDITIONS)}

    def left(self) -> dict[str, int]:
        """Tables that still name one of them, with the number of such rows."""
        counts = {
            name: self._count(table, what) for name, table, what in self._targets(LEFT_CONDITIONS)
        }
        return {name: number for name, number in counts.items() if number}

    def remove(self) -> dict[str, int]:
        """Block the ids, note for the models what changes for others, and delete the rows.

        To be called within a transaction.
        """
        self.run("forget_block")
        self._note_removed()
        for name in ("identities", "links", "aliases"):
            self.run(f"forget_touched_{name}")
        removed = {}
        for name, table, condition in self._targets(CONDITIONS):
            statement = sql.SQL("delete from {} as stored where {}").format(table, condition)
            with self.connection.cursor() as cursor:
                cursor.execute(statement, {"spaces": SPACES})
                removed[name] = cursor.rowcount
        for model in ("runs", "steps"):
            self.run("forget_log", log=self.tables[model])
        return removed

    def _note_removed(self) -> None:
        """The events and identity calls that leave, for what has to follow from that."""
        for model, kind, identity in (
            ("app_tracks", "event", "coalesce(stored.user_id, stored.anonymous_id)"),
            ("identity_calls", "call", "null"),
        ):
            statement = sql.SQL(
                "insert into forget_removed (kind, source_name, id, identity, happened_at,"
                ' received_at) select {}, stored.source_name, stored.id, {}, stored."timestamp",'
                " stored.received_at from {} as stored where {}"
            ).format(
                sql.Literal(kind), sql.SQL(identity), self.tables[model],
                sql.SQL(CONDITIONS[model]),
            )  # fmt: skip
            with self.connection.cursor() as cursor:
                cursor.execute(statement)
        with self.connection.cursor() as cursor:
            cursor.execute("analyze forget_removed")

    def _targets(
        self, conditions: Mapping[str, str]
    ) -> list[tuple[str, sql.Composable, sql.Composable]]:
        """Name, table and condition: the models, and what of them was detached or left over."""
        found = [
            (f"{self._places[model]}.{model}", self.tables[model], sql.SQL(condition))
            for model, condition in conditions.items()
            if model in self.tables
        ]
        held = [model for model in conditions if model in self.tables]
        lone = database.fetch_all(
            self.connection,
            database.load_query("forget_lone_months"),
            {"schemas": [self._places[one] for one in held], "tables": held},
        )
        for row in lone:
            place = (row["schema_name"], row["table_name"])
            condition = sql.SQL(conditions[row["model_name"]])
            found.append((".".join(place), sql.Identifier(*place), condition))
        return found

    def _count(self, table: sql.Composable, condition: sql.Composable) -> int:
        query = sql.SQL("select count(*) as number from {} as stored where {}")
        rows = database.fetch_all(
            self.connection, query.format(table, condition), {"spaces": SPACES}
        )
        return int(rows[0]["number"])


@contextmanager
def transaction(connection: Connection) -> Any:
    """All or nothing, on a connection in autocommit mode; looks up by index, times in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("begin")
        try:
            cursor.execute("set local enable_seqscan = off; set local timezone = 'UTC'")
            yield
        except BaseException:
            if not connection.closed:
                cursor.execute("rollback")
            raise
        cursor.execute("commit")


def clean_ids(words: Sequence[str], blocked: Sequence[str] = ()) -> list[str]:
    """The ids as the project keeps them, each once.

    Args:
        words: as they were given.
        blocked: ``vars.blocked_ids``.

    Raises:
        ForgetError: there is none, or one stands for nobody.
    """
    empty = {*EMPTY_IDS, *(one.strip().lower() for one in blocked)}
    ids = list(dict.fromkeys(word.strip(SPACES) for word in words))
    for one in ids:
        if one.lower() in empty:
            raise ForgetError(f"forget: {one!r} stands for nobody; name a user or anonymous id")
        if "\0" in one:
            raise ForgetError(f"forget: {one!r} holds a zero byte, which no id in Postgres does")
    if not ids:
        raise ForgetError("forget: no id was given; name a user or anonymous id, or --file")
    return ids


def _copied(text: str) -> str:
    """A text as ``copy`` reads it."""
    marks = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
    return "".join(marks.get(char, char) for char in text)
