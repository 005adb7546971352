"""Short ways to write a story: who did what, when, and when the row of it arrived."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from runner.embedded import EmbeddedServer
from tests.support.warehouse import Warehouse

Row = dict[str, Any]
NOON = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)
SCHEMA = "segment"
EVENT_COLUMNS = {
    "id": "text",
    "anonymous_id": "text",
    "user_id": "text",
    "timestamp": "timestamptz",
    "received_at": "timestamptz",
    "context_page_url": "text",
    "context_page_referrer": "text",
    "context_campaign_source": "text",
    "context_campaign_medium": "text",
    "context_campaign_name": "text",
    "context_campaign_term": "text",
    "context_campaign_content": "text",
    "context_ip": "text",
    "context_user_agent": "text",
}
TABLES: dict[str, dict[str, str]] = {
    "tracks": {**EVENT_COLUMNS, "event": "text", "event_text": "text"},
    "pages": {**EVENT_COLUMNS, "url": "text", "referrer": "text"},
    "screens": EVENT_COLUMNS,
    "identifies": {
        **{name: EVENT_COLUMNS[name] for name in list(EVENT_COLUMNS)[:5]},
        "email": "text",
    },
    "aliases": {
        "id": "text",
        "previous_id": "text",
        "user_id": "text",
        "timestamp": "timestamptz",
        "received_at": "timestamptz",
    },
}
TEMPLATE = "story_template"
BUILT: set[EmbeddedServer] = set()
_numbers = itertools.count(1)


def at(minutes: float = 0, *, days: float = 0, hours: float = 0) -> datetime:
    """A time of the story, counted from noon of its first day."""
    return NOON + timedelta(days=days, hours=hours, minutes=minutes)


def row(when: datetime, **columns: Any) -> Row:
    """A source row that arrives a second after it happened, unless told otherwise."""
    return {
        "id": f"message-{next(_numbers):06}",
        "timestamp": when,
        "received_at": when + timedelta(seconds=1),
        **columns,
    }


def create(warehouse: Warehouse, tables: Iterable[str] = TABLES, schema: str = SCHEMA) -> None:
    """Make the tables of a Segment source, empty; nothing is built yet."""
    warehouse.create_source(schema, {table: TABLES[table] for table in tables})


def begin(warehouse: Warehouse) -> None:
    """An empty source with all tables, and the project's tables after a night that found nothing.

    That night runs once a server; then the database is a copy of the one it left. So the nights
    of a story are those of a warehouse in use, and none pays for making every table.
    """
    if warehouse.server in BUILT:
        warehouse.start_from(TEMPLATE)
        return
    create(warehouse)
    warehouse.nightly()
    warehouse.keep_as(TEMPLATE)
    BUILT.add(warehouse.server)


def arrive(warehouse: Warehouse, table: str, rows: Sequence[Row], schema: str = SCHEMA) -> None:
    """Rows turn up in a source table."""
    warehouse.insert(schema, table, rows)


def sessions(warehouse: Warehouse, columns: str) -> list[tuple[Any, ...]]:
    """Columns of all sessions, in the order of alias and number."""
    return values(
        warehouse,
        f"select {columns} from sessions.all_sessions order by alias_id, session_number",
    )


def values(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query as tuples."""
    return [tuple(found.values()) for found in warehouse.rows(query)]
