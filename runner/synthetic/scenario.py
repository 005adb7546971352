"""A seeded history as Segment would have written it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil

import numpy as np
import psycopg2.extensions
from psycopg2 import sql

from runner.synthetic.arrivals import Arrivals, draw_arrivals
from runner.synthetic.draws import bits
from runner.synthetic.loading import BatchEnd, Item, TableStart, load
from runner.synthetic.people import (
    EVENTS_PER_VISIT,
    NEVER,
    Diary,
    People,
    Visits,
    day_visits,
    enough_people,
)
from runner.synthetic.rows import TABLES, RowEncoder
from runner.synthetic.tables import COLUMNS, data_type
from runner.synthetic.visits import encode, plan

Connection = psycopg2.extensions.connection
Progress = Callable[[int, int], None]

BATCH_EVENTS = 100_000
# a visit takes up to 16 hours, an event up to 44 to arrive, and its copy 12 more
LATEST = timedelta(days=3)
SYNCED_LATE = timedelta(hours=3)


@dataclass(frozen=True)
class Scenario:
    """A history that depends on these values alone: the same ones give the same rows.

    Attributes:
        events: rows of tracks and pages together, about (within a few per cent).
        days: length of the history.
        seed: another seed, other people.
        end: where the history ends; the next day starts here.
        schema: of the Segment source.
        tracks_only: page views are tracks too, and nothing but tracks is written.
    """

    events: int = 200_000
    days: int = 365
    seed: int = 1
    end: datetime = field(default_factory=lambda: datetime(2025, 1, 1, tzinfo=UTC))
    schema: str = "segment"
    tracks_only: bool = False

    def __post_init__(self) -> None:
        if self.events < 1 or self.days < 1:
            raise ValueError("a history needs at least one event and one day")
        if self.end.tzinfo is None:
            raise ValueError("the end of a history needs a time zone")

    @property
    def start(self) -> datetime:
        """When the first visits happen."""
        return self.end - timedelta(days=self.days)

    @property
    def tables(self) -> tuple[str, ...]:
        """The Segment tables that are written."""
        return TABLES[:1] if self.tracks_only else TABLES

    def create_tables(self, connection: Connection, unlogged: bool = False) -> None:
        """Make the schema and its empty tables, with the columns Segment makes.

        Args:
            connection: to the database.
            unlogged: write no WAL for them: faster, and empty after a crash of the server.
        """
        kind = sql.SQL("unlogged table" if unlogged else "table")
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL("create schema if not exists {}").format(sql.Identifier(self.schema))
            )
            for table in self.tables:
                columns = sql.SQL(", ").join(
                    sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(data_type(name)))
                    for name in COLUMNS[table]
                )
                relation = sql.Identifier(self.schema, table)
                cursor.execute(sql.SQL("create {} {} ({})").format(kind, relation, columns))

    def create_indexes(self, connection: Connection) -> None:
        """The two small indexes of each table that the nightly asks for (README.md)."""
        definitions = {
            "received_at": "using brin (received_at) with (autosummarize = on)",
            "received_at_missing": "(received_at) where received_at is null",
        }
        with connection.cursor() as cursor:
            for table, (name, definition) in itertools.product(self.tables, definitions.items()):
                cursor.execute(
                    sql.SQL("create index if not exists {} on {} {}").format(
                        sql.Identifier(f"{table}_{name}"),
                        sql.Identifier(self.schema, table),
                        sql.SQL(definition),
                    )
                )

    def load_history(
        self, connection: Connection, progress: Progress | None = None
    ) -> dict[str, int]:
        """Write the history, in order of arrival.

        Args:
            connection: in autocommit mode each table of each batch commits.
            progress: called after each batch with (batches done, batches in all).

        Returns:
            Rows written by table.
        """
        batches = self._batches()
        written = dict.fromkeys(self.tables, 0)
        steps = load(connection, self.schema, self._history(batches))
        for number, rows in enumerate(steps, 1):
            written.update(rows)
            if progress is not None:
                progress(number, len(batches))
        return written

    def load_day(self, connection: Connection, events: int, day: int = 1) -> dict[str, int]:
        """Write what arrives on a day after the history, in order of arrival.

        The first such day also brings what the history's last days left on its way.

        Args:
            connection: as for ``load_history``.
            events: rows of tracks and pages together, about.
            day: 1 is the day right after the history, 2 the one after it.

        Returns:
            Rows written by table.
        """
        written = dict.fromkeys(self.tables, 0)
        for rows in load(connection, self.schema, self._day(events, day)):
            written.update(rows)
        return written

    def _batches(self) -> list[tuple[int, int]]:
        count = max(1, ceil(self.events / BATCH_EVENTS))
        edges = np.linspace(_ms(self.start), _ms(self.end), count + 1).astype(np.int64).tolist()
        return list(itertools.pairwise(edges))

    def _known_people(self) -> People:
        return enough_people(self.seed, self.events, _ms(self.start), _ms(self.end))

    def _history(self, batches: list[tuple[int, int]]) -> Iterator[Item]:
        diary = Diary.write(self._known_people(), _ms(self.end))
        office = _PostOffice(_ms(self.end), self.tables)
        withheld = _ms(self.end - SYNCED_LATE)
        for first, last in batches:
            until = NEVER if last < _ms(self.end) else withheld
            yield from office.deliver(diary.between(first, last), last, until)
            yield BatchEnd()

    def _day(self, events: int, day: int) -> Iterator[Item]:
        people = self._known_people()
        start, end = (_ms(self.end + timedelta(days=number)) for number in (day - 1, day))
        office = _PostOffice(_ms(self.end), self.tables)
        if day == 1:
            oldest = _ms(max(self.start, self.end - LATEST))
            diary = Diary.write(people, _ms(self.end), oldest)
            office.take_unsent(diary.between(oldest, start), start, _ms(self.end - SYNCED_LATE))
        count = max(1, round(events / EVENTS_PER_VISIT))
        visits = day_visits(people, self.seed, day, count, start, end)
        yield from office.deliver(visits, end, NEVER)
        yield BatchEnd()


class _PostOffice:
    """Rows leave it in order of arrival; what arrives later waits for the next batch."""

    def __init__(self, history_until_ms: int, tables: tuple[str, ...]) -> None:
        self.history_until_ms = history_until_ms
        self.tables = tables
        self.visits: Visits | None = None
        self.waiting: Arrivals | None = None

    def deliver(self, fresh: Visits, until_ms: int, withheld_ms: int) -> Iterator[Item]:
        """What arrives before ``until_ms``, from ``withheld_ms`` on without one row in 64."""
        visits, arrivals = self._collect(fresh)
        is_due = arrivals.arrived_ms < until_ms
        held_back = _is_synced_late(arrivals, withheld_ms)
        due = arrivals.take(np.flatnonzero(is_due & ~held_back))
        due = due.take(np.lexsort((due.is_copy, due.hashes, due.arrived_ms)))
        courses = plan(visits, self.history_until_ms)
        encoder = RowEncoder(visits, courses, encode(visits, courses))
        for target, table in enumerate(self.tables):
            rows = due.take(np.flatnonzero(due.targets == target))
            if len(rows):
                yield TableStart(table)
                yield from encoder.chunks(rows, target)
        self._keep(visits, arrivals.take(np.flatnonzero(~is_due)))

    def take_unsent(self, visits: Visits, until_ms: int, withheld_ms: int) -> None:
        """Of the last days' rows, wait with those that the history did not hold."""
        visits, arrivals = self._collect(visits)
        unsent = (arrivals.arrived_ms >= until_ms) | _is_synced_late(arrivals, withheld_ms)
        self._keep(visits, arrivals.take(np.flatnonzero(unsent)))

    def _collect(self, fresh: Visits) -> tuple[Visits, Arrivals]:
        courses = plan(fresh, self.history_until_ms)
        arrivals = draw_arrivals(fresh, courses, tracks_only=len(self.tables) == 1)
        if self.visits is None or self.waiting is None:
            return fresh, arrivals
        moved = Arrivals(**{**vars(arrivals), "visits": arrivals.visits + len(self.visits)})
        return Visits.join([self.visits, fresh]), Arrivals.join([self.waiting, moved])

    def _keep(self, visits: Visits, arrivals: Arrivals) -> None:
        rows, places = np.unique(arrivals.visits, return_inverse=True)
        self.visits = visits.take(rows)
        self.waiting = Arrivals(**{**vars(arrivals), "visits": places})


def _is_synced_late(arrivals: Arrivals, since_ms: int) -> np.ndarray:
    return (arrivals.arrived_ms >= since_ms) & (bits(arrivals.hashes, 40, 6) == 0)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
