"""Rows of the Segment tables as binary COPY takes them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from runner.synthetic import wire
from runner.synthetic.arrivals import (
    ACTION,
    ALIASES,
    FAR_FUTURE,
    FAR_PAST,
    IDENTIFIES,
    NO_ID,
    NO_RECEIVED_AT,
    NO_TIMESTAMP,
    NOBODY,
    NULL_USER,
    PAGE_VIEW,
    PAGES,
    SOUND,
    TRACKS,
    UNDEFINED_ID,
    Arrivals,
)
from runner.synthetic.draws import Numbers, bits
from runner.synthetic.lists import SLOTS, read_lists
from runner.synthetic.people import Visits
from runner.synthetic.tables import COLUMNS
from runner.synthetic.visits import Courses, Fragments

TABLES = ("tracks", "pages", "identifies", "aliases")
CHUNK_ROWS = 1024
FUTURE_MS = 2_147_483_647_000
PAST_MS = 1_000
ACTIONS = (
    ("button_clicked", "Button Clicked"),
    ("report_viewed", "Report Viewed"),
    ("search_performed", "Search Performed"),
    ("project_created", "Project Created"),
    ("file_uploaded", "File Uploaded"),
    ("invite_sent", "Invite Sent"),
    ("settings_changed", "Settings Changed"),
    ("video_played", "Video Played"),
    ("page_viewed", "Page Viewed"),
    ("signed_up", "Signed Up"),
)
_ACTION_FIELDS = tuple(
    wire.field(event.encode()) + wire.field(text.encode()) for event, text in ACTIONS
)
_PLANS = tuple(wire.field(plan) for plan in (b"free", b"free", b"free", b"team"))
Pieces = list[bytes]


class RowEncoder:
    """Puts rows together from the parts of their visits.

    Args:
        visits: of the batch.
        courses: how they go on.
        fragments: their parts.
    """

    def __init__(self, visits: Visits, courses: Courses, fragments: Fragments) -> None:
        self.visits = visits
        self.courses = courses
        self.fragments = fragments
        pages = read_lists().pages
        both = (*pages["site"], *pages["app"])
        self.pages = [page.context for page in both] + fragments.entry_pages
        self.own_pages = [page.own for page in both] + fragments.own_entry_pages

    def chunks(self, arrivals: Arrivals, target: int) -> Iterator[bytes]:
        """The rows of one table, in the order given, some at a time."""
        for start in range(0, len(arrivals), CHUNK_ROWS):
            some = arrivals.take(slice(start, start + CHUNK_ROWS))
            yield b"".join(chain.from_iterable(zip(*self._pieces(some, target), strict=True)))

    def _pieces(self, rows: Arrivals, target: int) -> list[Pieces]:
        count = self.fragments.count
        at_entry = (rows.nth < self.courses.landing_events[rows.visits]) & (target <= PAGES)
        page_slots = bits(rows.hashes, 8, 6) + np.where(
            self.courses.is_logged_in[rows.visits], SLOTS, 0
        )
        page_slots = np.where(at_entry, 2 * SLOTS + rows.visits, page_slots)
        of_visit = rows.visits + np.where(at_entry, count, 0)
        start = wire.row_start(len(COLUMNS[TABLES[target]]))
        ids = wire.message_ids(start, rows.hashes, self.visits.hashes[rows.visits])
        return [
            _repaired_ids(ids, start, rows.defects),
            self._who(rows, target),
            *self._own(rows, target, page_slots, of_visit),
            _times(rows),
            _pick(self.pages, page_slots),
            _pick(self.fragments.context, of_visit),
        ]

    def _who(self, rows: Arrivals, target: int) -> Pieces:
        signup = self.courses.signup_index[rows.visits]
        known = self.courses.is_logged_in[rows.visits] | ((signup >= 0) & (rows.nth >= signup))
        known |= target >= IDENTIFIES
        who = _pick(self.fragments.ids, rows.visits + np.where(known, self.fragments.count, 0))
        for row in np.flatnonzero(rows.defects != SOUND).tolist():
            defect = rows.defects[row]
            if defect == UNDEFINED_ID:
                who[row] = wire.field(b"undefined") + wire.NULL
            elif defect == NOBODY:
                who[row] = wire.NULL + wire.NULL
            elif defect == NULL_USER:
                anonymous = self.fragments.ids[rows.visits[row]][: -len(wire.NULL)]
                who[row] = anonymous + wire.field(b"null")
        return who

    def _own(
        self, rows: Arrivals, target: int, page_slots: Numbers, of_visit: Numbers
    ) -> list[Pieces]:
        """The columns that only this table has."""
        if target == TRACKS:
            action = np.where(
                rows.kinds == ACTION,
                bits(rows.hashes, 16, 3),
                np.where(rows.kinds == PAGE_VIEW, 8, 9),
            )
            return [_pick(_ACTION_FIELDS, action)]
        if target == PAGES:
            return [_pick(self.own_pages, page_slots), _pick(self.fragments.referrers, of_visit)]
        if target == ALIASES:
            return []
        users = _pick(self.fragments.user_ids, rows.visits)
        return [
            [wire.field(user + b"@mail.example") for user in users],
            _pick(_PLANS, bits(rows.hashes, 20, 2)),
        ]


def _pick(parts: list[bytes] | tuple[bytes, ...], numbers: Numbers) -> Pieces:
    return list(map(parts.__getitem__, numbers.tolist()))


def _repaired_ids(ids: Pieces, start: bytes, defects: Numbers) -> Pieces:
    for row in np.flatnonzero(defects == NO_ID).tolist():
        ids[row] = start + wire.NULL
    return ids


def _times(rows: Arrivals) -> Pieces:
    """timestamp, received_at, sent_at, original_timestamp and uuid_ts."""
    stamps = np.where(rows.defects == FAR_FUTURE, FUTURE_MS, rows.at_ms)
    stamps = np.where(rows.defects == FAR_PAST, PAST_MS, stamps)
    loaded = rows.arrived_ms + 60_000 + bits(rows.hashes, 12, 21)
    pieces = wire.times(stamps, rows.arrived_ms, rows.arrived_ms - 35, stamps, loaded)
    width = len(pieces[0]) // 5 if pieces else 0
    for row in np.flatnonzero(rows.defects == NO_TIMESTAMP).tolist():
        pieces[row] = wire.NULL + pieces[row][width:]
    for row in np.flatnonzero(rows.defects == NO_RECEIVED_AT).tolist():
        pieces[row] = pieces[row][:width] + wire.NULL + pieces[row][2 * width :]
    return pieces
