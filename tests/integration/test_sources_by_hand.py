"""What a source may look like: several, sparse, empty, without zones; and that a run is one run."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.story import TABLES, arrive, at, begin, create, row, sessions, values
from tests.support.warehouse import Warehouse

TWO_SOURCES = {
    "segment_sources": [
        {"name": "app", "schema": "segment"},
        {"name": "site", "schema": "segment_site"},
    ]
}
FINAL_TABLES = (
    "partitioning.app_tracks",
    "partitioning.rejected_events",
    "aliasing.known_pairs",
    "aliasing.identity_map",
    "sessions.all_sessions",
    "sessions.useful_sessions",
    "sessions.attribution",
)


def day_of_events(warehouse: Warehouse, day: int, schema: str = "segment") -> None:
    """A day of three people: one signs up, one is only seen, one is identified a day late."""
    pages = [
        row(
            at(minute, days=day),
            anonymous_id=visitor,
            url=f"https://shop.test/blog/{visitor}?utm_source={visitor}&utm_medium=cpc",
            referrer="https://www.google.com/",
        )
        for visitor in ("a", "b", "c")
        for minute in (0, 15, 690 + 60 * day)
    ]
    tracks = [
        row(at(16, days=day), anonymous_id="a", user_id="u", event="signed_up"),
        row(at(17, days=day), anonymous_id="a", user_id=None, event="x", id=""),
    ]
    identifies = [row(at(days=day - 1), anonymous_id="c", user_id=f"late{day}")]
    arrive(warehouse, "pages", pages, schema)
    arrive(warehouse, "tracks", [*tracks, tracks[0]], schema)
    arrive(warehouse, "identifies", identifies, schema)


def test_two_nightlies_over_two_days_equal_one_rebuild(warehouse: Warehouse) -> None:
    begin(warehouse)
    for day in (0, 1):
        day_of_events(warehouse, day)
        warehouse.nightly({})
    by_nights = warehouse.snapshot()
    assert len(by_nights["sessions.attribution"]) == 1
    warehouse.rebuild()
    assert warehouse.snapshot() == by_nights


def test_dbt_build_alone_equals_the_runner(warehouse: Warehouse) -> None:
    create(warehouse)
    for day in (0, 1):
        day_of_events(warehouse, day)
        warehouse.nightly({})
    by_runner = warehouse.snapshot()
    warehouse.drop_outputs()
    warehouse.dbt(["build"], {})
    assert warehouse.snapshot() == by_runner
    warehouse.dbt(["build"], {})
    assert warehouse.snapshot() == by_runner


@pytest.mark.parametrize("how", ["nightly", "dbt"])
def test_an_empty_source_succeeds_and_then_fills(warehouse: Warehouse, how: str) -> None:
    create(warehouse)
    if how == "nightly":
        warehouse.nightly({})
    else:
        warehouse.dbt(["build"], {})
    for table in FINAL_TABLES:
        assert values(warehouse, f"select count(*) from {table}") == [(0,)]
    day_of_events(warehouse, 0)
    warehouse.nightly({})
    assert values(warehouse, "select alias_id from sessions.attribution") == [("u",)]


def test_missing_tables_and_columns(warehouse: Warehouse) -> None:
    columns = ("id", "user_id", "timestamp", "received_at")
    warehouse.create_source(
        "segment", {"tracks": {name: TABLES["tracks"][name] for name in columns}}
    )
    arrive(warehouse, "tracks", [row(at(0), user_id="u"), row(at(1), user_id="0")])
    warehouse.nightly({})
    assert sessions(warehouse, "alias_id, event_count, source, first_page_url") == [
        ("u", 1, "(direct)", None)
    ]
    assert values(warehouse, "select reason from partitioning.rejected_events") == [
        ("missing_identity",)
    ]


@pytest.mark.long
def test_a_table_that_appears_later_is_read_from_then_on(warehouse: Warehouse) -> None:
    create(warehouse, ["tracks"])
    arrive(warehouse, "tracks", [row(at(0), anonymous_id="a", event="x")])
    warehouse.nightly({})
    warehouse.create_source("segment", {"pages": TABLES["pages"]})
    arrive(warehouse, "pages", [row(at(-5), anonymous_id="a", url="https://shop.test/")])
    warehouse.nightly({})
    assert sessions(warehouse, "event_count, first_page_url") == [(2, "https://shop.test/")]


@pytest.mark.long
def test_the_same_id_in_two_sources_is_two_events_of_one_person(warehouse: Warehouse) -> None:
    create(warehouse)
    create(warehouse, ["tracks", "pages"], schema="segment_site")
    arrive(warehouse, "tracks", [row(at(0), id="m", anonymous_id="a", event="x")])
    site = row(at(0), id="m", anonymous_id="a", url="https://shop.test/")
    arrive(warehouse, "pages", [site], "segment_site")
    # A source that lags for weeks loses nothing.
    warehouse.nightly(TWO_SOURCES)
    arrive(warehouse, "tracks", [row(at(days=30), id="n", anonymous_id="b", event="x")])
    warehouse.nightly(TWO_SOURCES)
    lagging = row(at(10), id="o", anonymous_id="a", url="https://shop.test/2")
    arrive(warehouse, "pages", [lagging], "segment_site")
    warehouse.nightly(TWO_SOURCES)
    assert values(
        warehouse, "select source_name, id from partitioning.app_tracks order by 2, 1"
    ) == [("app", "m"), ("site", "m"), ("app", "n"), ("site", "o")]
    assert sessions(warehouse, "alias_id, event_count, last_page_url") == [
        ("a", 3, "https://shop.test/2"),
        ("b", 1, None),
    ]


@pytest.mark.long
def test_times_without_zone_are_utc_whatever_the_server_thinks(warehouse: Warehouse) -> None:
    database = values(warehouse, "select current_database()")[0][0]
    warehouse.execute(f"alter database \"{database}\" set timezone to 'America/New_York'")
    try:
        times = dict.fromkeys(("timestamp", "received_at"), "timestamp")
        warehouse.create_source("segment", {"tracks": {**TABLES["tracks"], **times}})
        naive = at(0).replace(tzinfo=None)
        arrive(
            warehouse,
            "tracks",
            [row(naive, anonymous_id="a"), row(naive + timedelta(minutes=1), anonymous_id="a")],
        )
        warehouse.nightly({})
        assert sessions(warehouse, "started_at, ended_at") == [(at(0), at(1))]
        # printf 'a|1709640000000000' | md5sum
        assert sessions(warehouse, "session_id") == [("7a57d3a80489e89635cfacafecbc545e",)]
        warehouse.rebuild()
        assert sessions(warehouse, "started_at, ended_at") == [(at(0), at(1))]
    finally:
        warehouse.execute(f'alter database "{database}" reset timezone')


@pytest.mark.long
def test_one_reject_row_for_a_row_that_the_overlap_reads_again(warehouse: Warehouse) -> None:
    begin(warehouse)
    rejects = [
        row(at(0), id=None, anonymous_id="a"),
        row(at(0), id=None, anonymous_id="b"),
        row(at(0), anonymous_id="a", received_at=None),
        row(at(days=3), anonymous_id="a", received_at=at(0)),
        row(at(days=-9000), anonymous_id="a"),
        {**row(at(0), anonymous_id="a"), "timestamp": None, "received_at": at(0)},
    ]
    arrive(warehouse, "tracks", [*rejects, row(at(0), anonymous_id="a")])
    warehouse.nightly({})
    reasons = (
        "select reason, count(*) from partitioning.rejected_events group by reason order by reason"
    )
    expected = [
        ("missing_id", 2),
        ("missing_received_at", 1),
        ("missing_timestamp", 1),
        ("timestamp_after_received_at", 1),
        ("timestamp_before_2000", 1),
    ]
    assert values(warehouse, reasons) == expected
    warehouse.nightly({})
    assert values(warehouse, reasons) == expected
    warehouse.rebuild()
    assert values(warehouse, reasons) == expected


def test_rows_read_are_kept_duplicate_or_rejected(warehouse: Warehouse) -> None:
    begin(warehouse)
    event = row(at(0), anonymous_id="a")
    arrive(warehouse, "tracks", [event, event, row(at(0)), row(at(0), id=None, user_id="u")])
    warehouse.nightly({})
    query = (
        "select sum(rows_read) as rows_read, sum(rows_kept) as kept,"
        " sum(rows_duplicate) as duplicate, sum(rows_rejected) as rejected"
        " from partitioning.load_accounts where source_table = 'tracks'"
    )
    assert values(warehouse, query) == [(4, 1, 1, 2)]
