"""Journeys as an absorbing Markov chain, and what the removal of a channel would cost.

Anderl, Becker, von Wangenheim and Schumann (2016), "Mapping the customer journey: Lessons learned
from graph-based online attribution modeling", International Journal of Research in Marketing 33(3).
Solved exactly, as a system of linear equations; nothing is simulated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

START = "(start)"
CONVERSION = "(conversion)"
NULL = "(null)"
NONE = "(none)"
MARKERS = frozenset({START, CONVERSION, NULL, NONE})
# a dense matrix of so many states is inverted: 200 MB
MOST_STATES = 5000


class Step(NamedTuple):
    """How many journeys went from one channel to the next, and where they had been before.

    Attributes:
        channel_before: the channel before that; ``(start)`` behind the first touch, ``(none)`` for
            the step out of the start.
        channel_from: a channel, or ``(start)``.
        channel_to: a channel, or the end: ``(conversion)`` or ``(null)``.
        journeys: how often; a journey that does it twice counts twice.
    """

    channel_before: str
    channel_from: str
    channel_to: str
    journeys: int


class TooMany(ValueError):
    """More channels than can be computed exactly."""


def channels_of(steps: Iterable[Step]) -> list[str]:
    """The channels of all journeys, sorted."""
    return sorted({step.channel_from for step in steps} - {START})


def total_journeys(steps: Iterable[Step]) -> int:
    """How many journeys there are."""
    return sum(step.journeys for step in steps if step.channel_from == START)


def total_signups(steps: Iterable[Step]) -> int:
    """How many of them end in a signup."""
    return sum(step.journeys for step in steps if step.channel_to == CONVERSION)


@dataclass(frozen=True)
class Chain:
    """An absorbing Markov chain; what does not go on and does not convert ends in ``(null)``.

    Attributes:
        channels: the channel of each state; ``(start)`` is that of the first.
        transitions: probability of going from state to state; of shape (states, states).
        conversion: probability of converting out of each state.
    """

    channels: tuple[str, ...]
    transitions: np.ndarray
    conversion: np.ndarray


def chain_of(steps: Sequence[Step], order: int = 1) -> Chain:
    """The chain whose probabilities are the shares of the steps counted.

    Args:
        steps: of all journeys.
        order: 1, where a step depends on the channel it leaves; 2, on the one before too.

    Raises:
        TooMany: there are more states than fit in memory.
    """

    def state(before: str, channel: str) -> tuple[str, ...]:
        return (channel,) if order == 1 else (before, channel)

    begin = state(NONE, START)
    states = {state(step.channel_before, step.channel_from) for step in steps} - {begin}
    if len(states) >= MOST_STATES:
        raise TooMany(f"there are {len(states):,} pairs of channels; up to {MOST_STATES:,} do")
    place = {one: number for number, one in enumerate([begin, *sorted(states)])}
    counts = np.zeros((len(place), len(place)))
    converted, left = np.zeros(len(place)), np.zeros(len(place))
    for before, channel, following, journeys in steps:
        here = place[state(before, channel)]
        left[here] += journeys
        if following == CONVERSION:
            converted[here] += journeys
        elif following != NULL:
            counts[here, place[state(channel, following)]] += journeys
    left[left == 0] = 1
    channels = tuple(one[-1] for one in place)
    return Chain(channels, counts / left[:, np.newaxis], converted / left)


def removal_effects(chain: Chain) -> dict[str, float]:
    """The share of conversions that is lost where every visit to a channel ends the journey.

    With N the expected visits of the chain, N = (I - Q)^-1, and c the probability of conversion
    from each state, journeys that reach the states S of a channel first enter it with the
    probabilities N[start, S] N[S, S]^-1. What they would have converted from there is lost. So one
    inversion serves all channels.

    Returns:
        A number from 0 to 1 by channel, sorted; 0 for all where nothing converts.
    """
    size = len(chain.channels)
    visits = np.linalg.inv(np.eye(size) - chain.transitions)
    converts = visits @ chain.conversion
    effects = {}
    for channel in sorted(set(chain.channels[1:])):
        inside = [number for number, one in enumerate(chain.channels) if one == channel]
        within = visits[np.ix_(inside, inside)]
        lost = visits[0, inside] @ np.linalg.solve(within, converts[inside])
        effects[channel] = min(max(float(lost / converts[0]), 0.0), 1.0) if converts[0] else 0.0
    return effects


def shares(worth: Mapping[str, float]) -> dict[str, float]:
    """Each channel's part of the sum of all; 0 for all where there is nothing to share."""
    total = sum(worth.values())
    return {channel: one / total if total else 0.0 for channel, one in worth.items()}


def steps_of(journeys: Iterable[tuple[Sequence[str], int, int]]) -> list[Step]:
    """The steps of journeys that are at hand whole.

    Args:
        journeys: the channels in order, how often that ended in a signup, and how often not.

    Returns:
        Steps in no order, each once.
    """
    counted: Counter[tuple[str, str, str]] = Counter()
    for touches, converted, lost in journeys:
        path = [NONE, START, *touches]
        for step in zip(path, path[1:], path[2:], strict=False):
            counted[step] += converted + lost
        for end, number in ((CONVERSION, converted), (NULL, lost)):
            counted[path[-2], path[-1], end] += number
    return [Step(*step, number) for step, number in counted.items() if number]
