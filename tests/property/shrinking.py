"""Make a failing case small: leave rows out, then values, as long as it still fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from tests.property.cases import Case, SourceRow

Position = tuple[int, int]


def without(case: Case, dropped: set[Position]) -> Case:
    """The case with some rows left out."""
    nights = tuple(
        tuple(row for index, row in enumerate(arrived) if (night, index) not in dropped)
        for night, arrived in enumerate(case.nights)
    )
    return replace(case, nights=nights)


def positions(case: Case) -> list[Position]:
    """Where each row of the case stands: (night, index)."""
    return [
        (night, index) for night, arrived in enumerate(case.nights) for index in range(len(arrived))
    ]


def worlds_of(lines: Iterable[str]) -> set[str]:
    """The worlds (`w007-`) that some lines of a comparison name."""
    return {world for line in lines for world in re.findall(r"w\d{3}-", line)}


def in_worlds(case: Case, worlds: set[str]) -> Case:
    """The rows that carry an id of one of the worlds (`w007-`), and those of no world."""

    def belongs(one: SourceRow) -> bool:
        text = repr(one.row)
        return any(world in text for world in worlds)

    nights = tuple(tuple(row for row in arrived if belongs(row)) for arrived in case.nights)
    return replace(case, nights=nights)


def smaller_by_rows(case: Case, size: int) -> Iterator[Case]:
    """The case without each run of so many rows."""
    found = positions(case)
    for start in range(0, len(found), size):
        yield without(case, set(found[start : start + size]))


def smaller_by_nights(case: Case) -> Iterator[Case]:
    """The case with each night joined to the one before it."""
    for night in range(1, len(case.nights)):
        joined = case.nights[night - 1] + case.nights[night]
        yield replace(case, nights=(*case.nights[: night - 1], joined, *case.nights[night + 1 :]))


def smaller_by_values(case: Case) -> Iterator[Case]:
    """The case with each value that may be null left out of its row."""
    for night, index in positions(case):
        one = case.nights[night][index]
        for name in list(one.row):
            if name in ("id", "timestamp", "received_at"):
                continue
            kept = {key: value for key, value in one.row.items() if key != name}
            arrived = list(case.nights[night])
            arrived[index] = replace(one, row=kept)
            yield replace(
                case,
                nights=(*case.nights[:night], tuple(arrived), *case.nights[night + 1 :]),
            )


def shrink(case: Case, fails: Callable[[Case], bool], tries: int) -> Case:
    """The smallest failing case found in so many tries."""
    left = [tries]

    def first_that_fails(candidates: Iterator[Case]) -> Case | None:
        for candidate in candidates:
            if left[0] <= 0:
                return None
            left[0] -= 1
            if fails(candidate):
                return candidate
        return None

    size = max(1, len(positions(case)) // 2)
    while size >= 1 and left[0] > 0:
        found = first_that_fails(smaller_by_rows(case, size))
        if found is not None:
            case = found
        else:
            size //= 2
        size = min(size, len(positions(case)))
    for smaller in (smaller_by_nights, smaller_by_values):
        while (found := first_that_fails(smaller(case))) is not None:
            case = found
    return case
