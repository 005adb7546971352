"""The synthetic history: the same rows from the same seed, with the traits of the real thing."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest

from runner.synthetic import Scenario, draws, scenario
from runner.synthetic.rows import TABLES
from runner.synthetic.tables import COLUMNS
from tests.support.warehouse import Warehouse

END = datetime(2025, 1, 1, tzinfo=UTC)
EVENTS = 40_000


def load(warehouse: Warehouse, **changes: object) -> tuple[Scenario, dict[str, int]]:
    """A history in its own schema."""
    made = Scenario(**{"events": EVENTS, "seed": 7, "end": END, **changes})
    made.create_tables(warehouse.connection)
    return made, made.load_history(warehouse.connection)


def fingerprint(warehouse: Warehouse, schema: str, order: str = "ctid") -> list[str]:
    """One text for the rows of each table, in the order they lie there or in another one."""
    return [
        value(
            warehouse,
            f"select md5(string_agg(one::text, '|' order by {order})) from {schema}.{table} as one",
        )
        for table in TABLES
    ]


def value(warehouse: Warehouse, query: str) -> object:
    """The single value of a query."""
    (row,) = warehouse.rows(query)
    (found,) = row.values()
    return found


def test_draws_are_the_same_on_every_machine() -> None:
    hashes = draws.seeded(1, np.arange(3))
    assert hashes.tolist() == [
        0x46B73E79F0C37C00,
        0x374327C63D0CC8A6,
        0xE10CF86AE3079278,
    ]
    assert draws.draw(hashes, np.array([0, 1, 2])).tolist() == [
        0x80ABE802AC1E182E,
        0x8576B56C3603C2B9,
        0xD34CC25AD4ED6671,
    ]
    assert draws.trait(hashes, 1).tolist() == [
        0x995B655E7258167,
        0x8EC84463B442D56,
        0x59B9DDA64F551106,
    ]


def test_shares_are_even() -> None:
    shares = draws.share(draws.seeded(3, np.arange(20_000)))
    counts, _ = np.histogram(shares, bins=10, range=(0, 1))
    assert counts.min() > 1_850
    assert counts.max() < 2_150
    assert np.bincount(draws.below(draws.seeded(3, np.arange(20_000)), 7)).min() > 2_650


def test_geometric_has_its_mean() -> None:
    counts = draws.Geometric(6.0, 200)(draws.share(draws.seeded(4, np.arange(50_000))))
    assert counts.min() == 0
    assert counts.mean() == pytest.approx(6.0, rel=0.02)


def test_daylight_keeps_the_order_and_the_day() -> None:
    times = np.arange(0, 3 * draws.DAY_MS, 60_001)
    bent = draws.by_daylight(times)
    assert (np.diff(bent) > 0).all()
    assert (bent // draws.DAY_MS == times // draws.DAY_MS).all()
    of_day = bent % draws.DAY_MS / draws.DAY_MS
    assert ((of_day > 0.25) & (of_day < 0.75)).mean() > 0.6


@pytest.mark.parametrize(
    "changes", [{"events": 0}, {"days": 0}, {"end": datetime(2025, 1, 1)}], ids=str
)
def test_a_history_without_sense_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="history"):
        Scenario(**changes)


def test_same_values_give_the_same_rows_in_the_same_order(warehouse: Warehouse) -> None:
    for schema, seed in (("one", 7), ("same", 7), ("other", 8)):
        made, _ = load(warehouse, schema=schema, seed=seed, events=5_000)
        made.load_day(warehouse.connection, 500)
        made.load_day(warehouse.connection, 500, day=2)
    assert fingerprint(warehouse, "one") == fingerprint(warehouse, "same")
    different = zip(fingerprint(warehouse, "one"), fingerprint(warehouse, "other"), strict=True)
    assert all(one != other for one, other in different)


def test_rows_do_not_depend_on_the_batches(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(warehouse, schema="whole", events=5_000)
    monkeypatch.setattr(scenario, "BATCH_EVENTS", 300)
    load(warehouse, schema="parts", events=5_000)
    in_order = "one::text"
    assert fingerprint(warehouse, "whole", in_order) == fingerprint(warehouse, "parts", in_order)


@pytest.mark.all_versions
def test_tables_have_the_columns_segment_makes(warehouse: Warehouse) -> None:
    made, written = load(warehouse, events=2_000)
    made.create_indexes(warehouse.connection)
    for table in TABLES:
        found = warehouse.rows(
            "select column_name, data_type from information_schema.columns"
            " where table_schema = 'segment' and table_name = %s order by ordinal_position",
            (table,),
        )
        assert tuple(row["column_name"] for row in found) == COLUMNS[table]
        assert {row["data_type"] for row in found} == {"text", "timestamp with time zone"}
        assert value(warehouse, f"select count(*) from segment.{table}") == written[table]
    indexes = warehouse.rows("select indexdef from pg_indexes where schemaname = 'segment'")
    for ending in (
        "USING brin (received_at) WITH (autosummarize='on')",
        "(received_at) WHERE (received_at IS NULL)",
    ):
        assert sum(row["indexdef"].endswith(ending) for row in indexes) == len(TABLES)


def test_benchmark_form_is_one_table(warehouse: Warehouse) -> None:
    progress: list[tuple[int, int]] = []
    made = Scenario(events=250_000, seed=7, end=END, tracks_only=True)
    made.create_tables(warehouse.connection, unlogged=True)
    written = made.load_history(warehouse.connection, lambda *now: progress.append(now))
    assert progress == [(1, 3), (2, 3), (3, 3)]
    assert list(written) == ["tracks"]
    assert written["tracks"] == pytest.approx(250_000, rel=0.04)
    found = warehouse.rows(
        """
        select
            count(*) filter (where event = 'page_viewed') as page_views,
            count(distinct date_trunc('month', received_at)) as months,
            min(received_at) as first_at,
            max(received_at) as last_at
        from segment.tracks
        """
    )[0]
    assert 0.5 < found["page_views"] / written["tracks"] < 0.65
    assert found["months"] == 12
    assert made.start <= found["first_at"] and found["last_at"] < made.end


def test_rows_lie_in_order_of_arrival(warehouse: Warehouse) -> None:
    """Nearly: where a server finds room on a page it just added, a row lies some pages ahead."""
    load(warehouse)
    rows = warehouse.rows("select received_at from segment.tracks where received_at is not null")
    arrivals = [row["received_at"] for row in rows]
    backwards = sum(later < earlier for earlier, later in pairwise(arrivals))
    assert backwards < len(arrivals) / 100
