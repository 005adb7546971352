"""Who visits, when, and in which visit they sign up, if ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from runner.synthetic.columns import Columns
from runner.synthetic.draws import (
    Geometric,
    Hashes,
    Numbers,
    below,
    bits,
    by_daylight,
    draw,
    seeded,
    share,
    trait,
)
from runner.synthetic.lists import ENTRY_SLOTS, read_lists

NEVER = 2**62
HALF_HOUR_MS = 1_800_000
TWO_HOURS_MS = 7_200_000
MOST_VISITS = 400
# later visits of who is there from the first day: half come a few times, half come back for long
OCCASIONAL = Geometric(3.0, MOST_VISITS)
REGULAR = Geometric(26.0, MOST_VISITS)
DEVICES = np.array([1] * 9 + [2] * 5 + [3, 4])
PEOPLE_PER_ROBOT = 330
# rows of tracks and pages, copies and junk among them
EVENTS_PER_VISIT = 7.76
EVENTS_PER_ROBOT_VISIT = 101.0
PEOPLE_PER_SHARED_DEVICE = 100
SIGNUPS_IN_FIRST_VISIT = 0.53
NEWCOMER_SHARE = 0.25
NEW_ACCOUNTS = 20  # one in so many of those who have none opens one on a day after the history


@dataclass(frozen=True)
class People(Columns):
    """Persons and robots.

    Attributes:
        hashes: of the person; everything else follows from it.
        cookies: hash that the ids of their devices follow from; another's on a shared device.
        visit_counts: during the whole history.
        signup_numbers: in which visit they sign up; 0 for those who never do.
        signup_ms: when that visit starts; ``NEVER`` for those who never do.
    """

    hashes: Hashes
    cookies: Hashes
    first_ms: Numbers
    visit_counts: Numbers
    device_counts: Numbers
    is_robot: np.ndarray
    signup_numbers: Numbers
    signup_ms: Numbers


@dataclass(frozen=True)
class Visits(Columns):
    """Visits; ``numbers`` counts those of a person, 1 is the earliest."""

    persons: Hashes
    cookies: Hashes
    hashes: Hashes
    numbers: Numbers
    devices: Numbers
    started_ms: Numbers
    is_robot: np.ndarray
    signup_numbers: Numbers
    signup_ms: Numbers


def visit_start(first_ms: Numbers, until_ms: int, persons: Hashes, numbers: Numbers) -> Numbers:
    """When a person's nth visit starts: the first is the earliest, the others lie after it."""
    part = share(draw(persons, numbers))
    part = part * (0.4 + 0.6 * part)  # rather soon than late
    later = first_ms + HALF_HOUR_MS + (part * (until_ms - first_ms - HALF_HOUR_MS)).astype(np.int64)
    return by_daylight(np.where(numbers == 1, first_ms, later))


def meet_people(seed: int, first: int, last: int, start_ms: int, until_ms: int) -> People:
    """The persons of these numbers, first seen within this span."""
    numbers = np.arange(first, last + 1, dtype=np.int64)
    hashes = seeded(seed, numbers)
    shared = below(trait(hashes, 1), PEOPLE_PER_SHARED_DEVICE) == 0
    # more people come first early in the history, so that its months are not too unlike
    part = share(trait(hashes, 2))
    part = part * part
    first_ms = start_ms + (part * (until_ms - start_ms - TWO_HOURS_MS)).astype(np.int64)
    often = share(trait(hashes, 3))
    later_counts = np.where(bits(trait(hashes, 4), 0, 1) == 0, OCCASIONAL(often), REGULAR(often))
    visit_counts = 1 + np.rint(later_counts * (1 - part)).astype(np.int64)
    is_robot = below(trait(hashes, 5), PEOPLE_PER_ROBOT) == 0
    # the first channel decides how likely a person is to sign up at all
    slots = entry_slots(draw(hashes, np.ones_like(numbers)))
    signs_up = (share(trait(hashes, 6)) < read_lists().signup_rates[slots]) & ~is_robot
    at_once = share(trait(hashes, 7)) < SIGNUPS_IN_FIRST_VISIT
    later = np.where(
        visit_counts > 1, 2 + below(trait(hashes, 8), np.maximum(visit_counts - 1, 1)), 0
    )
    signup_numbers = np.where(signs_up, np.where(at_once, 1, later), 0)
    return People(
        hashes=hashes,
        cookies=np.where(shared, seeded(seed, numbers - 1), hashes),
        first_ms=first_ms,
        visit_counts=visit_counts,
        device_counts=DEVICES[bits(trait(hashes, 9), 0, 4)],
        is_robot=is_robot,
        signup_numbers=signup_numbers,
        signup_ms=np.where(
            signup_numbers > 0, visit_start(first_ms, until_ms, hashes, signup_numbers), NEVER
        ),
    )


def enough_people(seed: int, events: int, start_ms: int, until_ms: int) -> People:
    """As many persons, from the first on, as make so many events (tracks and pages)."""
    count = max(64, events // 64)
    while True:
        people = meet_people(seed, 1, count, start_ms, until_ms)
        per_visit = np.where(people.is_robot, EVENTS_PER_ROBOT_VISIT, EVENTS_PER_VISIT)
        expected = np.cumsum(people.visit_counts * per_visit)
        if expected[-1] >= events:
            return people.take(slice(0, 1 + int(np.searchsorted(expected, events))))
        count *= 2


def entry_slots(visits: Hashes) -> Numbers:
    """Which of the list of entries a visit comes by."""
    return below(visits, ENTRY_SLOTS, skip=8)


@dataclass(frozen=True)
class Diary:
    """All visits of a history in order of time, as numbers only: 20 bytes a visit."""

    people: People
    persons: np.ndarray
    numbers: np.ndarray
    started_ms: Numbers

    @classmethod
    def write(cls, people: People, until_ms: int, since_ms: int = 0) -> Diary:
        """Every visit that starts at ``since_ms`` or later."""
        parts = [_visit_times(people, until_ms, since_ms, part) for part in _parts(len(people))]
        persons, numbers, started_ms = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        order = np.lexsort((numbers, persons, started_ms))
        return cls(people, persons[order], numbers[order], started_ms[order])

    def between(self, start_ms: int, until_ms: int) -> Visits:
        """The visits that start within this span."""
        first, last = np.searchsorted(self.started_ms, [start_ms, until_ms])
        numbers = self.numbers[first:last].astype(np.int64)
        return _visits(
            self.people.take(self.persons[first:last]), numbers, self.started_ms[first:last]
        )


def _parts(count: int, size: int = 50_000) -> list[slice]:
    return [slice(start, start + size) for start in range(0, count, size)]


def _visit_times(
    people: People, until_ms: int, since_ms: int, part: slice
) -> tuple[np.ndarray, np.ndarray, Numbers]:
    some = people.take(part)
    counts = some.visit_counts
    rows = np.repeat(np.arange(len(some)), counts)
    numbers = 1 + np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    started = visit_start(some.first_ms[rows], until_ms, some.hashes[rows], numbers)
    kept = started >= since_ms
    return (
        (rows[kept] + part.start).astype(np.int32),
        numbers[kept].astype(np.int32),
        started[kept],
    )


def _visits(people: People, numbers: Numbers, started_ms: Numbers) -> Visits:
    hashes = draw(people.hashes, numbers)
    return Visits(
        persons=people.hashes,
        cookies=people.cookies,
        hashes=hashes,
        numbers=numbers,
        devices=np.where(numbers == 1, 1, 1 + below(trait(hashes, 1), people.device_counts)),
        started_ms=started_ms,
        is_robot=people.is_robot,
        signup_numbers=people.signup_numbers,
        signup_ms=people.signup_ms,
    )


def day_visits(
    people: People, seed: int, day: int, count: int, start_ms: int, until_ms: int
) -> Visits:
    """The visits of a day after the history: three in four by people known already."""
    nth = np.arange(count, dtype=np.int64)
    hashes = draw(seeded(seed, np.full(count, 2**50 + day)), nth)
    is_new = share(trait(hashes, 1)) < NEWCOMER_SHARE
    first_new = len(people) + 1 + (day - 1) * 10_000_000
    newcomers = meet_people(seed, first_new, first_new + count - 1, start_ms, until_ms)
    everyone = People.join([people, newcomers])
    met = everyone.take(np.where(is_new, len(people) + nth, below(trait(hashes, 2), len(people))))
    numbers = np.where(is_new, 1, 1000 * day + nth % 1000)
    part = share(trait(hashes, 3))
    started_ms = by_daylight(
        start_ms + (part * (until_ms - start_ms - HALF_HOUR_MS)).astype(np.int64)
    )
    visits = _visits(met, numbers, started_ms)
    opens = (
        ~is_new
        & ~met.is_robot
        & (met.signup_ms == NEVER)
        & (below(trait(hashes, 4), NEW_ACCOUNTS) == 0)
    )
    opens |= is_new & (met.signup_numbers == 1)
    changes: dict[str, Any] = {
        "signup_numbers": np.where(opens, numbers, 0),
        "signup_ms": np.where(opens, started_ms, np.where(is_new, NEVER, met.signup_ms)),
    }
    visits = Visits(**{**vars(visits), **changes})
    return visits.take(np.lexsort((nth, started_ms)))
