"""Numbers that look random and depend on nothing but the seed and what they are drawn for.

Every draw is a hash (splitmix64) of the hash of a person, visit or event and a number that says
which draw it is: no state, no order, no clock. Shares and powers are made by additions and
multiplications alone, so that every machine draws the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Shares = NDArray[np.float64]

DAY_MS = 86_400_000
_MASK = 2**64 - 1
_STEP = 0x9E3779B97F4A7C15
# draws that are not the nth of a row of visits or events
_APART = 2**40


def _mix(value: Hashes) -> Hashes:
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def draw(hashes: Hashes, nth: Numbers) -> Hashes:
    """The nth draw of each hash."""
    return _mix(hashes + (nth.astype(np.uint64) + np.uint64(1)) * np.uint64(_STEP))


def trait(hashes: Hashes, name: int) -> Hashes:
    """The draw of this name (a small number) of each hash, apart from its numbered ones."""
    return _mix(hashes + np.uint64((_APART + name) * _STEP & _MASK))


def seeded(seed: int, nth: Numbers) -> Hashes:
    """A hash of each number under this seed."""
    start = np.full(len(nth), (seed + 1) * _STEP & _MASK, dtype=np.uint64)
    return draw(_mix(start), nth)


def bits(hashes: Hashes, skip: int, count: int) -> Numbers:
    """``count`` bits of each hash from bit ``skip`` on, as a number."""
    return ((hashes >> np.uint64(skip)) & np.uint64(2**count - 1)).astype(np.int64)


def below(hashes: Hashes, limit: int | Numbers, skip: int = 0) -> Numbers:
    """A number from 0 to ``limit`` - 1, of 31 bits from bit ``skip`` on."""
    return (bits(hashes, skip, 31) * limit) >> 31


def share(hashes: Hashes) -> Shares:
    """A number from 0 to just under 1."""
    return (hashes >> np.uint64(11)).astype(np.float64) * 2.0**-53


class Geometric:
    """Counts from 0 on, each ``ratio`` times as likely as the one before.

    Args:
        mean: of the counts.
        most: the highest count.
    """

    def __init__(self, mean: float, most: int) -> None:
        ratio = mean / (mean + 1)
        bounds, left = [], 1.0
        for _ in range(most):
            left *= ratio
            bounds.append(1.0 - left)
        self.bounds = np.array(bounds)

    def __call__(self, shares: Shares) -> Numbers:
        """The count of each share."""
        return np.searchsorted(self.bounds, shares, side="right")


def by_daylight(milliseconds: Numbers) -> Numbers:
    """Times of day bent towards noon, twice as dense there as on average; order is kept."""
    inside = (milliseconds % DAY_MS) / DAY_MS
    bend = inside * (1 - inside) * (1 - 2 * inside)
    return milliseconds + (bend * DAY_MS).astype(np.int64)
