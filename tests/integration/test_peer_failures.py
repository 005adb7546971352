"""Where others failed: one test for each failure of the incremental packages people use today.

The number in a test's name is the failure's number in the project's list of them: sessions cut by
the incremental window, identities that arrive late, stray dates, doubled keys, host rules.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.story import arrive, at, begin, create, row, sessions, values
from tests.support.warehouse import Warehouse

PROJECT = Path(__file__).resolve().parents[2]
BUILT = ("partitioning", "aliasing", "sessions_stages", "sessions")
# What a run writes down about itself: how many rows it read and what became of them.
RUN_RECORDS = {
    "partitioning.load_accounts",
    "sessions_stages.arrived_events",
    "sessions_stages.arrived_identity_calls",
    "sessions_stages.run_totals",
}
TIDY = {"late_arrival_hours": 24}


def page(when: datetime, url: str = "https://shop.test/", **columns: Any) -> dict[str, Any]:
    """A page view of visitor a, unless told otherwise."""
    return row(when, url=url, **{"anonymous_id": "a", **columns})


def nights_and_rebuild(warehouse: Warehouse) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every table as the nights left it, and after one full rebuild."""
    by_nights = warehouse.snapshot()
    warehouse.rebuild(TIDY)
    return by_nights, warehouse.snapshot()


def test_01_a_session_across_the_cut_keeps_start_campaign_and_count(warehouse: Warehouse) -> None:
    begin(warehouse)
    ad = "https://shop.test/?utm_source=g&utm_medium=cpc&utm_campaign=spring"
    arrive(warehouse, "pages", [page(at(0), ad), page(at(15))])
    warehouse.nightly(TIDY)
    arrive(warehouse, "pages", [page(at(30)), page(at(45))])
    warehouse.nightly(TIDY)
    assert sessions(
        warehouse, "started_at, ended_at, event_count, utm_campaign, source, first_page_url"
    ) == [(at(0), at(45), 4, "spring", "g", ad)]
    by_nights, rebuilt = nights_and_rebuild(warehouse)
    assert by_nights == rebuilt


def test_02_session_numbers_go_on_after_each_night(warehouse: Warehouse) -> None:
    begin(warehouse)
    for day in range(3):
        arrive(
            warehouse,
            "pages",
            [
                page(at(hour * 60, days=day), anonymous_id=visitor)
                for visitor in ("a", "b")
                for hour in range(2)
            ],
        )
        warehouse.nightly(TIDY)
    assert sessions(warehouse, "alias_id, session_number, started_at") == [
        (visitor, 1 + 2 * day + hour, at(hour * 60, days=day))
        for visitor in ("a", "b")
        for day in range(3)
        for hour in range(2)
    ]


def test_03_a_user_identified_30_days_later_owns_all_old_sessions(warehouse: Warehouse) -> None:
    begin(warehouse)
    for day in (0, 1, 15):
        arrive(warehouse, "pages", [page(at(days=day))])
        warehouse.nightly(TIDY)
    assert {one[0] for one in sessions(warehouse, "alias_id")} == {"a"}
    arrive(warehouse, "identifies", [row(at(days=30), anonymous_id="a", user_id="u")])
    arrive(warehouse, "tracks", [row(at(1, days=30), user_id="u", event="signed_up")])
    warehouse.nightly(TIDY)
    assert sessions(warehouse, "alias_id, session_number, started_at, is_signup_session") == [
        ("u", 1, at(days=0), False),
        ("u", 2, at(days=1), False),
        ("u", 3, at(days=15), False),
        ("u", 4, at(1, days=30), True),
    ]
    assert values(
        warehouse,
        "select alias_id, session_count_before_signup, first_touch_timestamp"
        " from sessions.attribution",
    ) == [("u", 3, at(0))]
    by_nights, rebuilt = nights_and_rebuild(warehouse)
    assert by_nights == rebuilt


@pytest.mark.long
def test_04_an_event_years_ahead_is_rejected_and_the_next_day_loads(
    warehouse: Warehouse,
) -> None:
    create(warehouse)
    ahead = row(at(days=4 * 365), anonymous_id="a", event="x", received_at=at(1))
    far = datetime(2999, 1, 1, tzinfo=UTC)
    late_clock = row(at(2), anonymous_id="a", event="x", received_at=far)
    arrive(warehouse, "tracks", [row(at(0), anonymous_id="a", event="x"), ahead])
    warehouse.nightly({})
    # The receiving clock years ahead: the row counts, and the cursor does not follow it.
    now = datetime.now(UTC).replace(microsecond=0)
    arrive(warehouse, "tracks", [late_clock])
    warehouse.nightly({"late_arrival_hours": 24 * 365 * 20})
    arrive(warehouse, "tracks", [row(now, anonymous_id="b", event="x")])
    warehouse.nightly({"late_arrival_hours": 24})
    assert values(
        warehouse, "select source_table, id, reason from partitioning.rejected_events"
    ) == [("tracks", ahead["id"], "timestamp_after_received_at")]
    assert sessions(warehouse, "alias_id, started_at, event_count") == [
        ("a", at(0), 2),
        ("b", now, 1),
    ]


@pytest.mark.long
def test_05_a_late_event_between_sessions_leaves_no_orphan(warehouse: Warehouse) -> None:
    begin(warehouse)
    arrive(warehouse, "pages", [page(at(0)), page(at(120)), page(at(240))])
    warehouse.nightly(TIDY)
    before = dict(sessions(warehouse, "started_at, session_id"))
    # One more session between the first two, and a bridge that joins the last to a new start.
    late = at(300)
    arrive(
        warehouse,
        "pages",
        [page(at(60), received_at=late), page(at(225), received_at=late)],
    )
    warehouse.nightly(TIDY)
    after = sessions(warehouse, "session_number, started_at, ended_at, event_count")
    assert after == [
        (1, at(0), at(0), 1),
        (2, at(60), at(60), 1),
        (3, at(120), at(120), 1),
        (4, at(225), at(240), 2),
    ]
    ids = dict(sessions(warehouse, "started_at, session_id"))
    assert len(set(ids.values())) == 4
    assert (ids[at(0)], ids[at(120)]) == (before[at(0)], before[at(120)])


@pytest.mark.long
def test_06_the_same_id_twice_in_a_batch_and_in_the_next_is_one_event(
    warehouse: Warehouse,
) -> None:
    begin(warehouse)
    event = page(at(0), id="same")
    later = {**event, "received_at": at(5)}
    elsewhere = row(at(0), id="same", anonymous_id="a", received_at=at(6))
    arrive(warehouse, "pages", [event, event, later])
    warehouse.nightly(TIDY)
    arrive(warehouse, "pages", [later])
    arrive(warehouse, "screens", [elsewhere])
    warehouse.nightly(TIDY)
    assert values(
        warehouse, "select id, source_table, received_at from partitioning.app_tracks"
    ) == [("same", "pages", event["received_at"])]
    assert sessions(warehouse, "event_count, page_view_count") == [(1, 1)]


def referrer_seed() -> list[dict[str, str]]:
    """The project's list of known referrer hosts."""
    with (PROJECT / "seeds" / "referrer_hosts.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_07_every_row_of_the_referrer_list_is_reached_by_some_url(warehouse: Warehouse) -> None:
    begin(warehouse)
    seed = referrer_seed()
    hosts = [one["host"].replace("{}", "de") for one in seed]
    arrive(
        warehouse,
        "pages",
        [
            page(at(0), anonymous_id=f"a{number:06}", referrer=f"https://{host}{one['path']}")
            for number, (host, one) in enumerate(zip(hosts, seed, strict=True))
        ],
    )
    warehouse.nightly(TIDY)
    medium = {"search": "organic", "social": "social", "ai": "ai-assistant", "mail": "email"}
    expected = [
        (f"a{number:06}", one["name"].lower(), medium[one["kind"]])
        if one["kind"] in medium
        else (f"a{number:06}", host.removeprefix("www."), "referral")
        for number, (host, one) in enumerate(zip(hosts, seed, strict=True))
    ]
    assert len(seed) > 500
    found = sessions(warehouse, "alias_id, source, medium")
    assert [one for one in found if one not in set(expected)] == []
    assert len(found) == len(seed)


@pytest.mark.long
def test_08_sessions_of_two_batches_have_distinct_ids(warehouse: Warehouse) -> None:
    begin(warehouse)
    for day in (0, 1):
        visitors = [page(at(days=day), anonymous_id=f"v{number}") for number in range(20)]
        arrive(warehouse, "pages", visitors)
        warehouse.nightly(TIDY)
    ids = [one[0] for one in sessions(warehouse, "session_id")]
    assert len(ids) == len(set(ids)) == 40


def test_09_a_clean_clone_builds(warehouse: Warehouse, tmp_path: Path) -> None:
    create(warehouse)
    arrive(warehouse, "pages", [page(at(0))])
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, target = PROJECT / name, tmp_path / "clone" / name
        if source.is_file() and not name.startswith("tests/data"):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    shutil.copy(tmp_path / "clone/profiles.yml.example", tmp_path / "clone/profiles.yml")
    built = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "build"],
        cwd=tmp_path / "clone",
        env=warehouse.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout[-3000:]
    assert sessions(warehouse, "alias_id, event_count") == [("a", 1)]


def versions_of_rows(warehouse: Warehouse) -> dict[str, set[tuple[Any, ...]]]:
    """Where every row of every table the project builds stands, and who wrote it."""
    tables = values(
        warehouse,
        "select n.nspname || '.' || c.relname from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace"
        f" where n.nspname in {BUILT} and c.relkind = 'r'",
    )
    return {
        table: set(values(warehouse, f"select ctid::text, xmin::text from {table}"))
        for (table,) in tables
    }


@pytest.mark.long
def test_18_a_second_night_with_nothing_new_writes_no_row(warehouse: Warehouse) -> None:
    begin(warehouse)
    arrive(warehouse, "pages", [page(at(0)), page(at(30)), page(at(0), anonymous_id="b")])
    arrive(warehouse, "tracks", [row(at(31), anonymous_id="a", user_id="u", event="signed_up")])
    arrive(warehouse, "tracks", [row(at(31), id=None, anonymous_id="a")])
    arrive(warehouse, "aliases", [row(at(32), previous_id="u", user_id="v")])
    warehouse.nightly(TIDY)
    warehouse.nightly(TIDY)
    before = versions_of_rows(warehouse)
    warehouse.nightly(TIDY)
    after = versions_of_rows(warehouse)
    written = {table for table in after if after[table] - before.get(table, set())}
    assert written - RUN_RECORDS == set()


@pytest.mark.long
def test_19_a_late_event_before_the_first_one_changes_the_first_touch(
    warehouse: Warehouse,
) -> None:
    begin(warehouse)
    arrive(warehouse, "pages", [page(at(0), referrer="https://news.test/")])
    arrive(warehouse, "tracks", [row(at(1), anonymous_id="a", user_id="u", event="signed_up")])
    warehouse.nightly(TIDY)
    touch = "select first_touch_timestamp, first_touch_source, session_count_before_signup"
    touch += " from sessions.attribution"
    assert values(warehouse, touch) == [(at(0), "news.test", 0)]
    ad = "https://shop.test/?utm_source=ad&utm_medium=cpc"
    arrive(warehouse, "pages", [page(at(-60), ad, received_at=at(600))])
    warehouse.nightly(TIDY)
    assert values(warehouse, touch) == [(at(-60), "ad", 1)]
    # Inside the first session's timeout: the session starts earlier, and so does its story.
    arrive(warehouse, "pages", [page(at(-70), referrer="https://early.test/", received_at=at(601))])
    warehouse.nightly(TIDY)
    assert values(warehouse, touch) == [(at(-70), "early.test", 1)]


def test_20_a_session_over_the_end_of_the_month_is_one(warehouse: Warehouse) -> None:
    begin(warehouse)
    midnight = datetime(2024, 4, 1, tzinfo=UTC)
    minutes = (-15, -5, 5, 15)
    times = [midnight + timedelta(minutes=one) for one in minutes]
    for when in times:
        arrive(warehouse, "pages", [page(when)])
        warehouse.nightly(TIDY)
    assert sessions(warehouse, "started_at, ended_at, event_count") == [(times[0], times[-1], 4)]
    assert values(
        warehouse,
        "select tableoid::regclass::text, count(*) from partitioning.app_tracks"
        " group by 1 order by 1",
    ) == [("partitioning.app_tracks_2024_03", 2), ("partitioning.app_tracks_2024_04", 2)]
    assert values(warehouse, "select tableoid::regclass::text from sessions.all_sessions") == [
        ("sessions.all_sessions_2024_03",)
    ]


def test_21_the_own_site_and_the_payment_page_are_no_source(warehouse: Warehouse) -> None:
    create(warehouse)
    arrive(
        warehouse,
        "pages",
        [
            page(at(0), anonymous_id="own", referrer="https://shop.test/cart"),
            page(at(0), anonymous_id="paid", referrer="https://checkout.pay.example/done"),
            page(at(0), anonymous_id="pays", referrer="https://PAY.example:443/done"),
            page(at(0), anonymous_id="like", referrer="https://repay.example/"),
            page(at(0), anonymous_id="www", referrer="https://www.shop.test/"),
        ],
    )
    warehouse.nightly({"own_domains": ["pay.example"]})
    assert sessions(warehouse, "alias_id, referrer, source, medium") == [
        ("like", "https://repay.example/", "repay.example", "referral"),
        ("own", None, "(direct)", "(none)"),
        ("paid", None, "(direct)", "(none)"),
        ("pays", None, "(direct)", "(none)"),
        ("www", "https://www.shop.test/", "shop.test", "referral"),
    ]


def test_22_hosts_match_whole_or_at_a_dot(warehouse: Warehouse) -> None:
    create(warehouse)
    referrers = {
        "gmail_app": "android-app://com.google.android.gm/",
        "google": "https://www.google.com/",
        "google_ro": "https://www.google.ro/url?sa=t",
        "google_tail": "https://www.google.com.evil.test/",
        "netflix": "https://www.netflix.com/",
        "not_google": "https://notgoogle.com/",
        "x": "https://x.com/a/status/1",
    }
    arrive(
        warehouse,
        "pages",
        [page(at(0), anonymous_id=name, referrer=url) for name, url in referrers.items()],
    )
    warehouse.nightly(TIDY)
    found = {one[0]: one[1:] for one in sessions(warehouse, "alias_id, source, medium")}
    assert found["gmail_app"] == ("gmail", "email")
    assert found["google"] == ("google", "organic")
    assert found["google_ro"] == ("google", "organic")
    assert found["google_tail"] == ("google.com.evil.test", "referral")
    assert found["netflix"] == ("netflix.com", "referral")
    assert found["not_google"] == ("notgoogle.com", "referral")
    assert found["x"][1] == "social"


def test_23_the_cursor_follows_arrival_of_each_source_table_on_its_own(
    warehouse: Warehouse,
) -> None:
    begin(warehouse)
    arrive(warehouse, "tracks", [row(at(days=20), anonymous_id="a", event="x")])
    arrive(warehouse, "pages", [page(at(days=0))])
    warehouse.nightly(TIDY)
    # An event of 60 days ago that arrives today; a table that lags by weeks; the overlap.
    arrive(
        warehouse,
        "tracks",
        [
            row(at(days=-60), anonymous_id="a", event="x", received_at=at(days=20, minutes=5)),
            row(at(days=19, hours=1), anonymous_id="a", event="x"),
        ],
    )
    arrive(warehouse, "pages", [page(at(days=1))])
    warehouse.nightly(TIDY)
    assert sessions(warehouse, "started_at") == [
        (at(days=-60),),
        (at(days=0),),
        (at(days=1),),
        (at(days=19, hours=1),),
        (at(days=20),),
    ]
