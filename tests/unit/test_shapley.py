"""Shapley values: against the average over all orders of the channels, and by their axioms."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import permutations
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner import shapley
from runner.markov import TooMany, chain_of, steps_of, total_journeys, total_signups
from runner.shapley import shapley_values
from tests.unit.test_markov import Journey, journeys_drawn, known_steps, needs_paths, walked


def without(journeys: list[Journey], removed: Collection[str]) -> list[Journey]:
    """The same journeys, with all removed channels as one."""
    return [
        (["removed" if name in removed else name for name in touches], *counts)
        for touches, *counts in journeys
    ]


def by_all_orders(names: list[str], worth: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """What each adds to those before it, on average over all orders."""
    added: dict[str, list[float]] = {name: [] for name in names}
    for order in permutations(names):
        for place, name in enumerate(order):
            before = frozenset(order[:place])
            added[name].append(worth(before | {name}) - worth(before))
    return {name: fmean(one) for name, one in added.items()}


@settings(max_examples=60, deadline=None)
@given(journeys=journeys_drawn, block=st.integers(1, 4))
def test_values_are_the_average_over_all_orders(journeys: list[Journey], block: int) -> None:
    names = sorted({name for touches, *counts in journeys if sum(counts) for name in touches})
    worths: dict[frozenset[str], float] = {}

    def worth(coalition: frozenset[str]) -> float:
        if coalition not in worths:
            removed = set(names) - coalition
            # those removed are met by nobody who goes on, so that one name does for all
            worths[coalition] = walked(without(journeys, removed), 1, "removed")
        return worths[coalition]

    kept, shapley.BLOCK_CHANNELS = shapley.BLOCK_CHANNELS, block
    try:
        found = shapley_values(chain_of(steps_of(journeys)))
    finally:
        shapley.BLOCK_CHANNELS = kept
    assert list(found) == names
    assert found == pytest.approx(by_all_orders(names, worth), abs=1e-9)
    assert min(found.values(), default=0) >= 0


@settings(max_examples=60, deadline=None)
@given(journeys=journeys_drawn)
def test_axioms(journeys: list[Journey]) -> None:
    # a twin that is met wherever b is met, in a journey of its own, and z that brings nobody
    swapped = {"b": "twin", "twin": "b"}
    journeys = [
        *journeys,
        *(([swapped.get(one, one) for one in touches], *counts) for touches, *counts in journeys),
        (["z"], 0, 2),
    ]
    steps = steps_of(journeys)
    found = shapley_values(chain_of(steps))
    signups = sum(found.values()) * total_journeys(steps)
    assert signups == pytest.approx(total_signups(steps), abs=1e-9), "efficiency"
    assert found["z"] == pytest.approx(0, abs=1e-12), "null channel"
    if "b" in found:
        assert found["b"] == pytest.approx(found["twin"], abs=1e-12), "symmetry"


def test_by_hand() -> None:
    # of 4 start 3 with a, of which 1 converts there; with b alone 1/4 converts, with both all:
    # a adds 1/4 to nobody and 3/4 to b
    found = shapley_values(chain_of(steps_of([("a", 1, 0), ("b", 1, 0), ("ab", 2, 0)])))
    assert found == pytest.approx({"a": 1 / 2, "b": 1 / 2})
    assert shapley_values(chain_of(steps_of([("a", 0, 3)]))) == {"a": 0}


@needs_paths
def test_known_paths_add_up_to_all_signups() -> None:
    steps = known_steps()
    found = shapley_values(chain_of(steps))
    assert sum(found.values()) * total_journeys(steps) == pytest.approx(19_785, abs=1e-6)
    assert min(found.values()) > 0


def test_the_limit() -> None:
    # one after the other: each is needed, so all are worth the same
    names = [f"channel {number:02}" for number in range(25)]
    with pytest.raises(TooMany, match="there are 25 channels; the Shapley value takes up to 24"):
        shapley_values(chain_of(steps_of([(names, 1, 0)])))
    found = shapley_values(chain_of(steps_of([(names[:20], 3, 1)])))
    assert list(found.values()) == pytest.approx([0.75 / 20] * 20)
