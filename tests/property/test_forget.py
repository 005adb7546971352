"""Whoever is forgotten in the middle of any history: as if their rows had never been there.

In each world of a group one id leaves after one of the nights. The tables are then, and after every
later night, what the contract says of the rows that do not carry an id that left, and what a
rebuild gives. Which ids leave is found here once more, from the oracle's pairs.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from random import Random
from typing import Any

import pytest

from runner.forget import forget
from tests.property.cases import Case, SourceRow, case_of
from tests.property.checking import against_contract, create_sources, differences, insert_night
from tests.property.histories import histories, setups
from tests.property.test_property import SEED, drawn
from tests.reference import Settings, contract_tables
from tests.reference.cleaning import clean_id
from tests.support.warehouse import Warehouse

GROUPS = int(os.environ.get("FORGET_GROUPS", "2"))
WORLDS = 30


def ids_of(one: SourceRow, blocked: Collection[str]) -> set[str]:
    """The ids of people that a source row carries."""
    names = ("user_id", "previous_id" if one.table == "aliases" else "anonymous_id")
    found = {clean_id(one.row.get(name), blocked) for name in names}
    return found - {None}


def leaving(named: Iterable[str], pairs: Iterable[dict[str, Any]]) -> set[str]:
    """The ids named, and all ids that lead to nobody but them."""
    links: dict[str, set[str]] = {}
    for pair in pairs:
        links.setdefault(pair["anonymous_id"], set()).add(pair["user_id"])
    named = set(named)
    found = set(named)
    while more := {one for one, nexts in links.items() if nexts & found} - found:
        found |= more
    while shared := {one for one in found - named if links[one] - found}:
        found -= shared
    return found


def without(case: Case, gone: Collection[str], blocked: Collection[str]) -> Case:
    """The case without the rows that carry one of these ids."""
    nights = tuple(
        tuple(one for one in night if not ids_of(one, blocked) & set(gone)) for night in case.nights
    )
    return Case(case.settings, case.sources, nights, case.first_by_months)


@pytest.mark.parametrize("group", range(GROUPS))
@pytest.mark.long
def test_as_if_they_had_never_been_there(group: int, warehouse: Warehouse) -> None:
    setup = drawn(setups(), GROUPS + 1, SEED + 5)[group % GROUPS]
    case = case_of(setup, drawn(histories(setup), WORLDS, SEED + 50 + group))
    blocked = case.settings.get("blocked_ids", ())
    random = Random(SEED + group)
    middle = random.randrange(len(case.nights))
    with_source = group % 2 == 1

    create_sources(warehouse, case)
    for night in range(middle + 1):
        insert_night(warehouse, case, night)
        warehouse.nightly(case.vars)
    by_world: dict[str, set[str]] = {}
    for arrived in case.nights[: middle + 1]:
        for one in arrived:
            for name in ids_of(one, blocked):
                by_world.setdefault(name.partition("-")[0], set()).add(name)
    named = [random.choice(sorted(ids)) for _, ids in sorted(by_world.items())]
    tables = contract_tables(case.rows_until(middle), Settings.from_vars(case.settings))
    gone = leaving(named, tables.by_name()["aliasing.known_pairs"])
    with warehouse.in_environment():
        person = forget(named, with_source, case.vars, project=warehouse.workplace.project)
    assert set(person.ids) == gone
    kept = without(case, gone, blocked)
    found = against_contract(warehouse, kept, middle)
    assert found == []
    for night in range(middle + 1, len(case.nights)):
        insert_night(warehouse, case, night)
        warehouse.nightly(case.vars)
        assert against_contract(warehouse, kept, night) == []
    by_nights = warehouse.snapshot()
    warehouse.dbt(["build", "--full-refresh"], case.vars)
    rebuilt = warehouse.snapshot()
    found = [
        line
        for table, rows in by_nights.items()
        for line in differences(table, rows, rebuilt[table])
    ]
    assert found == []
