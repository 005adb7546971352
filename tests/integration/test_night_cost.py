"""A night reads what it touches: no month that nothing happened in, no row written twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runner import advice
from runner.database import fetch_all
from tests.support.warehouse import Warehouse

START = datetime(2025, 9, 2, 8, tzinfo=UTC)
DATA = ("partitioning", "aliasing", "sessions_stages", "sessions", "reference")
# the run's own log: what it read and did
LOG = {"load_accounts", "run_totals", "arrived_events", "arrived_identity_calls"}


def day(number: int, visitors: int = 60) -> list[dict[str, Any]]:
    """One visit of each visitor on a day; some are known."""
    rows = []
    for visitor in range(visitors):
        for step in range(4):
            moment = START + timedelta(days=number, minutes=7 * visitor + 3 * step)
            rows.append(
                {
                    "id": f"{number}-{visitor}-{step}",
                    "anonymous_id": f"a{visitor}",
                    "user_id": f"u{visitor}" if visitor % 3 == 0 and step > 1 else None,
                    "event": "signed_up" if visitor % 9 == 0 and step == 3 else "page_viewed",
                    "timestamp": moment,
                    "received_at": moment + timedelta(seconds=1),
                    "context_page_url": "https://shop.test/pricing",
                }
            )
    return rows


def counters(warehouse: Warehouse) -> dict[str, tuple[int, int]]:
    """Sequential scans and rows written of every table and month, once all is accounted for."""
    rows = warehouse.rows(
        "select pg_stat_clear_snapshot(), relname, seq_scan, n_tup_ins + n_tup_upd + n_tup_del"
        f" as written from pg_stat_user_tables where schemaname in {DATA}"
    )
    return {row["relname"]: (row["seq_scan"], row["written"]) for row in rows}


@pytest.mark.all_versions(long=True)
def test_a_night_scans_no_month_it_does_not_touch(warehouse: Warehouse) -> None:
    warehouse.create_source()
    for number in range(0, 120, 4):
        warehouse.insert("segment", "tracks", day(number))
    warehouse.nightly()
    warehouse.execute("analyze")
    before = counters(warehouse)
    warehouse.insert("segment", "tracks", day(121))
    warehouse.nightly()
    after = counters(warehouse)
    # a month that this night has made was looked through when it was attached, empty
    old = [name for name in before if name.endswith(("_2025_09", "_2025_10", "_2025_11"))]
    assert len(old) >= 3 * 4
    scanned = {name for name in old if after[name][0] > before[name][0]}
    assert scanned == set()


@pytest.mark.all_versions
@pytest.mark.long
def test_a_night_with_nothing_new_writes_nothing(warehouse: Warehouse) -> None:
    warehouse.create_source()
    warehouse.insert("segment", "tracks", day(0))
    warehouse.insert("segment", "tracks", [{**day(0)[0], "received_at": START}, {"id": "junk"}])
    warehouse.nightly()
    warehouse.nightly()
    before = counters(warehouse)
    summary = warehouse.nightly()
    after = counters(warehouse)
    written = {name for name in after if after[name][1] > before[name][1]}
    assert written <= LOG
    assert set(summary.totals.values()) == {0}


def test_a_large_table_without_an_index_on_received_at_is_pointed_out(
    warehouse: Warehouse,
) -> None:
    warehouse.create_source(tables=("tracks", "pages"))
    warehouse.execute("create index on segment.pages using brin (received_at)")
    assert advice.missing_indexes(warehouse.connection, ["segment"], smallest=0) == [
        '"segment"."tracks" has no index on received_at, so each night reads all of it; make one '
        'with: create index concurrently on "segment"."tracks" using brin (received_at) '
        "with (autosummarize = on)"
    ]
    command = advice.missing_indexes(warehouse.connection, ["segment"], smallest=0)[0]
    warehouse.execute(command.split("make one with: ")[1])
    assert advice.missing_indexes(warehouse.connection, ["segment"], smallest=0) == []
    assert fetch_all(warehouse.connection, "select 1 as one") == [{"one": 1}]


def test_an_index_for_rows_without_received_at_is_asked_for_where_there_are_any(
    warehouse: Warehouse,
) -> None:
    warehouse.create_source(tables=("tracks", "pages"))
    for table in ("tracks", "pages"):
        warehouse.execute(f"create index on segment.{table} using brin (received_at)")
    warehouse.insert("segment", "tracks", [*day(0), {"id": "junk", "anonymous_id": "someone"}])
    warehouse.execute("analyze segment.tracks, segment.pages")
    lines = advice.missing_indexes(warehouse.connection, ["segment"], smallest=0)
    assert lines == [
        '"segment"."tracks" has rows without received_at, and each night looks through much of it '
        "for new ones; make an index with: "
        'create index concurrently on "segment"."tracks" (received_at) where received_at is null'
    ]
    warehouse.execute(lines[0].split("make an index with: ")[1])
    assert advice.missing_indexes(warehouse.connection, ["segment"], smallest=0) == []


@pytest.mark.long
def test_ids_that_too_many_share_are_named(warehouse: Warehouse) -> None:
    warehouse.create_source()
    rows = [{**row, "anonymous_id": "kiosk"} for row in day(0)]
    warehouse.insert("segment", "tracks", rows)
    summary = warehouse.nightly({"max_users_per_anonymous_id": 5})
    assert [line for line in summary.notices if "kiosk" in line] == [
        "id 'kiosk' was seen with 20 users and links nobody (max_users_per_anonymous_id: 5)"
    ]
