"""A real web log, unordered and full of bots: at once and in several shuffled loads.

The numbers were counted from the log itself, apart from this project.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import pytest

from tests.integration.story import create, values
from tests.support.warehouse import Warehouse

LOG = Path(__file__).resolve().parents[1] / "data" / "apache" / "pages.csv"
# The log spans four days and the loads come in any order, so the overlap covers all of it.
VARS = {"session_timeout_minutes": 30, "late_arrival_hours": 24 * 7}


def log_rows() -> list[dict[str, Any]]:
    """The rows of the log, in the order of the file."""
    with LOG.open(encoding="utf-8", newline="") as lines:
        return [
            {name: value or None for name, value in row.items()} for row in csv.DictReader(lines)
        ]


def create_log_source(warehouse: Warehouse) -> None:
    """Tables as the log needs them: pages with its columns, and the tracks every source has."""
    create(warehouse, ["tracks"])
    times = ("timestamp", "received_at", "sent_at", "original_timestamp")
    columns = {name: "timestamptz" if name in times else "text" for name in log_rows()[0]}
    warehouse.create_source("segment", {"pages": columns})


def counts(warehouse: Warehouse) -> tuple[Any, ...]:
    """Events, visitors and sessions."""
    return values(
        warehouse,
        "select (select count(*) from partitioning.app_tracks) as events,"
        " (select count(distinct alias_id) from sessions.all_sessions) as visitors,"
        " (select count(*) from sessions.all_sessions) as sessions",
    )[0]


@pytest.mark.parametrize("loads", [3, pytest.param(10, marks=pytest.mark.long)])
def test_the_log_in_one_load_and_in_shuffled_loads(warehouse: Warehouse, loads: int) -> None:
    rows = log_rows()
    create_log_source(warehouse)
    warehouse.insert("segment", "pages", rows)
    warehouse.nightly(VARS)
    assert counts(warehouse) == (3866, 1258, 2273)
    at_once = warehouse.snapshot()

    warehouse.reset()
    create_log_source(warehouse)
    random.Random(2015).shuffle(rows)
    for load in range(loads):
        warehouse.insert("segment", "pages", rows[load::loads])
        warehouse.nightly(VARS)
    assert counts(warehouse) == (3866, 1258, 2273)
    assert warehouse.snapshot() == at_once
