"""A first build by months equals a build in one go, and goes on where it was killed."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runner.eventlog import EventLog
from runner.watching import Watchers
from tests.support.warehouse import Warehouse

START = datetime(2025, 12, 3, 9, tzinfo=UTC)
PAGE = "https://shop.test/blog/one?utm_source=g&utm_medium=cpc"


def history(days: int = 45, people: int = 12) -> list[dict[str, Any]]:
    """Visits over two months and one later: over month ends, again in another month, and junk."""
    rows = []
    for day in range(days):
        for person in range(people):
            moment = START + timedelta(days=day, hours=(person * 7 + day) % 24)
            rows += [event(f"{day}-{person}-{n}", person, moment, n) for n in range(3)]
    edge = datetime(2025, 12, 31, 23, 50, tzinfo=UTC)
    rows += [event(f"edge-{n}", 1, edge + timedelta(minutes=8 * n), n) for n in range(4)]
    again = dict(rows[5])
    again["received_at"] += timedelta(days=45)
    again["timestamp"] += timedelta(days=45)
    rows += [again, {**rows[0], "id": None}, {**rows[0], "id": "late", "timestamp": None}]
    return rows


def event(name: str, person: int, moment: datetime, number: int) -> dict[str, Any]:
    """The nth page view of a visit; every fourth person is known from January on."""
    moment += timedelta(minutes=3 * number)
    known = person % 4 == 0 and moment.year == 2026
    return {
        "id": name,
        "anonymous_id": f"a{person}",
        "user_id": f"u{person % 8}" if known else None,
        "event": "signed_up" if known and number == 2 else "page_viewed",
        "timestamp": moment,
        "received_at": moment + timedelta(seconds=5),
        "context_page_url": PAGE if number == 0 else "https://shop.test/",
    }


@pytest.mark.all_versions
@pytest.mark.long
def test_by_months_equals_one_go(warehouse: Warehouse) -> None:
    warehouse.create_source()
    warehouse.insert("segment", "tracks", history())
    log = io.StringIO()
    warehouse.nightly(by_month_from_bytes=0, watchers=Watchers([EventLog(log)]))
    parts = {
        (one["model"], one["part"]): one["rows"]
        for one in map(json.loads, log.getvalue().splitlines())
        if one["event"] == "part ended"
    }
    assert parts["app_tracks", "events 2025-12"] + parts["app_tracks", "events 2026-01"] >= 1624
    assert ("identity_sessions", "sessions 2026-01") in parts
    by_months = warehouse.snapshot()
    accounts = warehouse.rows(
        "select source_table, rows_read, rows_kept, rows_duplicate, rows_rejected"
        " from partitioning.load_accounts where rows_read > 0"
    )
    warehouse.drop_outputs()
    warehouse.rebuild()
    assert by_months == warehouse.snapshot()
    assert len(by_months["partitioning.app_tracks"]) == 45 * 12 * 3 + 4
    assert [tuple(row.values()) for row in accounts] == [("tracks", 1627, 1624, 1, 2)]


@pytest.mark.long
@pytest.mark.parametrize("last", [("app_tracks", "events"), ("all_sessions", "prepare")])
def test_a_killed_build_goes_on_behind_the_parts_that_are_done(
    warehouse: Warehouse, last: tuple[str, str]
) -> None:
    warehouse.create_source()
    warehouse.insert("segment", "tracks", history())
    process = warehouse.start("nightly", "--by-month")
    try:
        before = wait_for_part(warehouse, last, process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    warehouse.nightly()
    after = steps(warehouse)
    assert before.items() <= after.items()
    assert ("all", "finish", "") in after
    resumed = warehouse.snapshot()
    warehouse.drop_outputs()
    warehouse.rebuild()
    assert resumed == warehouse.snapshot()


def test_a_build_that_goes_on_with_other_threads_merges_nobody_twice(warehouse: Warehouse) -> None:
    warehouse.create_source()
    warehouse.insert("segment", "tracks", history(days=5))
    process = warehouse.start("nightly", "--by-month", "--threads", "3")
    try:
        wait_for_part(warehouse, ("all_sessions", "merge"), process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    merged = [part for model, kind, part in steps(warehouse) if kind == "merge"]
    assert all(part.endswith(" of 3") for part in merged)
    warehouse.nightly(threads=2)
    merged = [part for model, kind, part in steps(warehouse) if kind == "merge"]
    assert sorted(merged) == ["1 of 3", "2 of 3", "3 of 3"]
    resumed = warehouse.snapshot()
    warehouse.drop_outputs()
    warehouse.rebuild()
    assert resumed == warehouse.snapshot()


def steps(warehouse: Warehouse) -> dict[tuple[str, str, str], datetime]:
    """When each part was done."""
    rows = warehouse.rows("sessions_stages.build_steps")
    return {(row["model_name"], row["kind"], row["part"]): row["finished_at"] for row in rows}


def wait_for_part(
    warehouse: Warehouse, last: tuple[str, str], process: subprocess.Popen[str]
) -> dict[tuple[str, str, str], datetime]:
    """The parts that are done as soon as one of this model and step is."""
    there = "select to_regclass('sessions_stages.build_steps') is not null as is_there"
    for _ in range(4000):
        if warehouse.rows(there)[0]["is_there"]:
            done = steps(warehouse)
            if any((model, kind) == last for model, kind, _ in done):
                return done
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    raise AssertionError("the build did not get that far")
