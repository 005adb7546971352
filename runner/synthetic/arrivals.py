"""Which rows there are, when they happen and when they arrive: late, twice, or as junk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runner.synthetic.columns import Columns
from runner.synthetic.draws import Hashes, Numbers, below, bits, draw, trait
from runner.synthetic.people import Visits
from runner.synthetic.visits import Courses

TRACKS, PAGES, IDENTIFIES, ALIASES = range(4)
ACTION, PAGE_VIEW, SIGNUP = range(3)
(
    SOUND,
    NO_ID,
    UNDEFINED_ID,  # anonymous_id is 'undefined' and there is no user_id
    NOBODY,  # neither id
    NO_RECEIVED_AT,
    FAR_FUTURE,
    FAR_PAST,
    NO_TIMESTAMP,
    NULL_USER,  # user_id is 'null'; of use all the same
) = range(9)
ROWS_PER_COPY = 100
ROWS_PER_JUNK = 330
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Arrivals(Columns):
    """Rows on their way to the warehouse.

    Attributes:
        visits: row of the visit among the visits of the batch.
        hashes: of the event; its id follows from it.
        at_ms: when it happened.
        arrived_ms: when it arrives.
        nth: which event of its visit it is.
        targets: the table it is written to.
        kinds: an action, a page view or a sign-up.
        defects: what is wrong with it.
        is_copy: its id was used before.
    """

    visits: Numbers
    hashes: Hashes
    at_ms: Numbers
    arrived_ms: Numbers
    nth: Numbers
    targets: Numbers
    kinds: Numbers
    defects: Numbers
    is_copy: np.ndarray


def draw_arrivals(visits: Visits, courses: Courses, tracks_only: bool) -> Arrivals:
    """All rows of these visits."""
    events = _events(visits, courses, tracks_only)
    junk = _junk(events)
    tables = [events, _copies(events, tracks_only), junk]
    if not tracks_only:
        tables += [
            _identity_calls(visits, courses, IDENTIFIES),
            _identity_calls(visits, courses, ALIASES),
        ]
    return Arrivals.join(tables)


def _delay(hashes: Hashes) -> Numbers:
    """Mostly a second or two; one in forty some hours, one in 256 up to two days."""
    chance, part = bits(hashes, 4, 10), bits(hashes, 26, 10)
    late = np.where(chance >= 1020, 155_000, np.where(chance >= 995, 21_000, 0))
    return 40 + bits(hashes, 14, 11) + part * late


def _when(visits: Visits, courses: Courses, rows: Numbers, step: Numbers) -> Numbers:
    """The time of a visit's event; gaps vary, but stay under twice the pace."""
    pace = courses.pace_ms[rows]
    jitter = (step * step * 7919) % pace
    return visits.started_ms[rows] + step * pace + np.where(step == 0, 0, jitter)


def _events(visits: Visits, courses: Courses, tracks_only: bool) -> Arrivals:
    counts = courses.event_counts
    rows = np.repeat(np.arange(len(visits)), counts)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    hashes = draw(visits.hashes[rows], nth)
    # one event in 64 happens in the same millisecond as the one before it
    step = nth - ((nth > 0) & (bits(hashes, 50, 6) == 0))
    at_ms = _when(visits, courses, rows, step)
    is_view = (nth == 0) | (bits(hashes, 0, 1) == 0)
    kinds = np.where(
        nth == courses.signup_index[rows], SIGNUP, np.where(is_view, PAGE_VIEW, ACTION)
    )
    return Arrivals(
        visits=rows,
        hashes=hashes,
        at_ms=at_ms,
        arrived_ms=at_ms + _delay(hashes),
        nth=nth,
        targets=np.where((kinds == PAGE_VIEW) & (not tracks_only), PAGES, TRACKS),
        kinds=kinds,
        defects=np.full(len(rows), SOUND),
        is_copy=np.zeros(len(rows), dtype=bool),
    )


def _copies(events: Arrivals, tracks_only: bool) -> Arrivals:
    """One event in a hundred again: later, some in the other table, some with another time."""
    originals = events.take(below(trait(events.hashes, 1), ROWS_PER_COPY) == 0)
    draws = trait(originals.hashes, 2)
    retry = np.where(
        bits(draws, 0, 2) == 0, below(draws, 12 * HOUR_MS, 4), 1000 + below(draws, 60_000, 4)
    )
    moves = (below(trait(originals.hashes, 3), 5) == 0) & (not tracks_only)
    moved_time = below(trait(originals.hashes, 4), 10) == 0
    changes = {
        "at_ms": originals.at_ms + np.where(moved_time, 1500, 0),
        "arrived_ms": originals.arrived_ms + retry,
        "targets": np.where(moves, PAGES - originals.targets, originals.targets),
        "is_copy": np.ones(len(originals), dtype=bool),
    }
    return Arrivals(**{**vars(originals), **changes})


def _junk(events: Arrivals) -> Arrivals:
    """Three rows in a thousand are of no use: broken ids, clocks that are years off."""
    some = events.take(below(trait(events.hashes, 5), ROWS_PER_JUNK) == 0)
    hashes = trait(some.hashes, 6)
    changes = {
        "hashes": hashes,
        "arrived_ms": some.arrived_ms + 3,
        "kinds": np.where(some.kinds == SIGNUP, ACTION, some.kinds),
        "defects": 1 + below(hashes, NULL_USER),
    }
    return Arrivals(**{**vars(some), **changes})


def _identity_calls(visits: Visits, courses: Courses, target: int) -> Arrivals:
    """identify() at sign-up and at some log-ins, alias() at some sign-ups."""
    called = courses.identify_index >= 0
    if target == ALIASES:
        called = (courses.signup_index >= 0) & (bits(visits.hashes, 2, 2) == 0)
    rows = np.flatnonzero(called)
    nth = courses.identify_index[rows]
    hashes = trait(visits.hashes[rows], 20 + target)
    at_ms = _when(visits, courses, rows, nth) + 5
    count = len(rows)
    return Arrivals(
        visits=rows,
        hashes=hashes,
        at_ms=at_ms,
        arrived_ms=at_ms + _delay(hashes),
        nth=nth,
        targets=np.full(count, target),
        kinds=np.full(count, ACTION),
        defects=np.full(count, SOUND),
        is_copy=np.zeros(count, dtype=bool),
    )
