"""One kind of bad input: its rows, and what is to become of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.integration.story import at, row

Row = dict[str, Any]
EVENT_TABLES = ("tracks", "pages", "screens")
APP, WEB = "app", 'o\'web | "é" {{ x }} 100%'
# hex digits of hashes: what cannot be compressed does not fit into a row of an index either
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Given:
    """A source row.

    Attributes:
        table: where it stands.
        row: its columns.
        source: the Segment source.
        night: the night that finds it first.
    """

    table: str
    row: Row
    source: str = APP
    night: int = 2


@dataclass(frozen=True)
class Kind:
    """Rows with one fault, and what is to become of them.

    Attributes:
        name: the fault; the rows carry it in their column ``kind``.
        rows: source rows.
        kept: events of them that are kept.
        merged: copies of an event that lost against another.
        rejected: rows in rejected_events by reason.
        taught: rows of identifies and aliases that count.
        copies: rows of identifies and aliases that lost against another.
        ignored: rows of identifies and aliases that cannot be used.
        sessions: columns of all sessions of the aliases that they name, by alias and number.
        gone: aliases without a session.
        carried: columns of events in app_tracks, by their id.
    """

    name: str
    rows: Sequence[Given]
    kept: int = 0
    merged: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    taught: int = 0
    copies: int = 0
    ignored: int = 0
    sessions: Sequence[Row] = ()
    gone: Sequence[str] = ()
    carried: Sequence[Row] = ()

    @property
    def events(self) -> int:
        """How many of the rows are events."""
        return sum(given.table in EVENT_TABLES for given in self.rows)

    def is_balanced(self) -> bool:
        """Whether the expectation accounts for every row."""
        told = self.kept + self.merged + sum(self.rejected.values())
        calls = self.taught + self.copies + self.ignored
        return told == self.events and calls == len(self.rows) - self.events


def track(minutes: float = 0, **columns: Any) -> Given:
    """A track; ``source`` and ``night`` are the Given's."""
    return given("tracks", at(minutes), **{"event": "x", **columns})


def page(minutes: float = 0, **columns: Any) -> Given:
    """A page view."""
    return given("pages", at(minutes), **{"url": "https://shop.test/", **columns})


def identify(minutes: float = 0, **columns: Any) -> Given:
    """A row of identifies."""
    return given("identifies", at(minutes), **columns)


def alias(minutes: float = 0, **columns: Any) -> Given:
    """A row of aliases."""
    return given("aliases", at(minutes), **columns)


def given(table: str, when: datetime, source: str = APP, night: int = 2, **columns: Any) -> Given:
    """A row of any table."""
    return Given(table, row(when, **columns), source, night)


def session(alias_id: str, **columns: Any) -> Row:
    """What a session is to look like, as far as it matters."""
    return {"alias_id": alias_id, **columns}


def large(seed: str, size: int = MEGABYTE) -> str:
    """A text of so many characters that cannot be compressed; the same for the same seed."""
    blocks = (
        hashlib.sha256(f"{seed} {number}".encode()).hexdigest() for number in range(size // 64 + 1)
    )
    return "".join(blocks)[:size]
