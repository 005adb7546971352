"""Any history, cut into any batches in any order, gives what the contract and one rebuild say.

`PROPERTY_EXAMPLES` histories are drawn (40 by default) from `PROPERTY_SEED` (a number, or
`random`), and read in groups, side by side. One that fails is made small in
`PROPERTY_SHRINK_TRIES` runs, kept in `tests/property/examples`, and from then on played again by
every test run.
"""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.strategies import SearchStrategy

from runner.errors import RunnerError
from tests.property.cases import EXAMPLES, Case, case_of
from tests.property.checking import check
from tests.property.histories import Setup, histories, setups
from tests.property.shrinking import in_worlds, shrink, worlds_of
from tests.support.warehouse import Warehouse

T = TypeVar("T")
NUMBER = int(os.environ.get("PROPERTY_EXAMPLES", "40"))
TRIES = int(os.environ.get("PROPERTY_SHRINK_TRIES", "25"))
CHOSEN_SEED = os.environ.get("PROPERTY_SEED", "2018")
SEED = secrets.randbits(32) if CHOSEN_SEED == "random" else int(CHOSEN_SEED)


def group_sizes(number: int) -> list[int]:
    """How many histories each run reads: many side by side, at times a few, at times one alone."""
    sizes: list[int] = []
    for size in itertools.cycle((40, 8, 1, 40)):
        if sum(sizes) >= number:
            return sizes
        sizes.append(min(size, number - sum(sizes)))
    return sizes


SIZES = group_sizes(NUMBER)


def drawn(strategy: SearchStrategy[T], number: int, start: int) -> list[T]:
    """Let hypothesis draw so many different values."""
    found: list[T] = []

    @seed(start)
    @settings(
        max_examples=number,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def keep(value: T) -> None:
        found.append(value)

    keep()
    return found


def failing(warehouse: Warehouse) -> Callable[[Case], bool]:
    """Whether a case fails; one that stops the run counts as failing too."""

    def fails(case: Case) -> bool:
        try:
            return bool(check(warehouse, case))
        except RunnerError:
            return True

    return fails


def kept_failure(warehouse: Warehouse, case: Case, found: list[str]) -> Path:
    """Make a failing case small and keep it as a fixed test."""
    fails = failing(warehouse)
    alone = in_worlds(case, worlds_of(found))
    smallest = shrink(alone if fails(alone) else case, fails, TRIES)
    return smallest.save()


@lru_cache
def drawn_setups(groups: int, start: int) -> tuple[Setup, ...]:
    """The settings of each group; hypothesis may draw fewer, then they come round again."""
    found = drawn(setups(), groups, start)
    return tuple(found[group % len(found)] for group in range(groups))


@pytest.mark.parametrize("group", range(len(SIZES)))
def test_nights_give_what_the_contract_and_a_rebuild_give(group: int, warehouse: Warehouse) -> None:
    setup = drawn_setups(len(SIZES), SEED)[group]
    case = case_of(setup, drawn(histories(setup), SIZES[group], SEED + group))
    try:
        found = check(warehouse, case)
    except RunnerError as error:
        found = [f"the run stopped: {error}"]
    if found:
        path = kept_failure(warehouse, case, found)
        lines = "\n".join(found[:20])
        pytest.fail(f"seed {SEED}, group {group}, kept as {path.name}:\n{lines}")


KEPT = [
    # a minute each
    pytest.param(path, id=path.stem, marks=pytest.mark.long)
    for path in sorted(EXAMPLES.glob("*.json"))
]


@pytest.mark.parametrize("path", KEPT)
def test_kept_examples(path: Path, warehouse: Warehouse) -> None:
    assert check(warehouse, Case.from_json(path.read_text(encoding="utf-8"))) == []


def test_a_case_reads_back_as_it_was_written() -> None:
    setup = drawn(setups(), 1, 1)[0]
    case = case_of(setup, drawn(histories(setup), 5, 1))
    assert Case.from_json(case.to_json()) == case
