"""A changed setting is noticed, and what depends on it is computed anew: nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runner.embedded import EmbeddedServer
from runner.errors import ProjectError, RebuildNeeded, RunnerError
from tests.support.warehouse import Warehouse

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


TEMPLATE = "settings_template"
FILLED: set[EmbeddedServer] = set()


def visits() -> list[dict[str, Any]]:
    """Two page views 25 minutes apart for each of five visitors."""
    return [
        {
            "id": f"{visitor}-{number}",
            "anonymous_id": f"a{visitor}",
            "timestamp": START + timedelta(minutes=25 * number),
            "received_at": START + timedelta(minutes=25 * number),
            "url": "https://shop.test/",
            "referrer": "https://pay.test/done" if number else None,
        }
        for visitor in range(5)
        for number in range(2)
    ]


def fill(warehouse: Warehouse) -> None:
    """A source, and a first night; made once for a server."""
    if warehouse.server in FILLED:
        warehouse.start_from(TEMPLATE)
        return
    warehouse.create_source()
    warehouse.insert("segment", "pages", visits())
    warehouse.nightly()
    warehouse.keep_as(TEMPLATE)
    FILLED.add(warehouse.server)


def sessions(warehouse: Warehouse) -> int:
    """How many."""
    return warehouse.rows("select count(*) as count from sessions.all_sessions")[0]["count"]


def test_a_longer_timeout_joins_sessions_without_reading_events_again(
    warehouse: Warehouse,
) -> None:
    fill(warehouse)
    assert sessions(warehouse) == 10
    places = "select tableoid, ctid, id from partitioning.app_tracks order by id, source_name"
    before = warehouse.rows(places)
    summary = warehouse.nightly({"session_timeout_minutes": 30})
    assert sessions(warehouse) == 5
    assert warehouse.rows(places) == before
    assert [line for line in summary.notices if "session_timeout_minutes" in line] == [
        "setting 'session_timeout_minutes' changed since the tables were built: "
        "identity_sessions, all_sessions, useful_sessions, excluded_sessions, attribution, "
        "touch_credit, signup_activity no longer agree with it and are computed anew"
    ]
    rebuilt = warehouse.snapshot()
    warehouse.rebuild({"session_timeout_minutes": 30})
    assert rebuilt == warehouse.snapshot()


def test_no_rebuild_stops_with_the_command(warehouse: Warehouse) -> None:
    fill(warehouse)
    before = warehouse.snapshot()
    with pytest.raises(RebuildNeeded, match=r"session_timeout_minutes.*python -m runner nightly"):
        warehouse.nightly({"session_timeout_minutes": 30}, no_rebuild=True)
    assert warehouse.snapshot() == before


def test_own_domains_change_the_source_of_old_sessions(warehouse: Warehouse) -> None:
    fill(warehouse)
    query = "select distinct source from sessions.all_sessions order by 1"
    assert [row["source"] for row in warehouse.rows(query)] == ["(direct)", "pay.test"]
    warehouse.nightly({"own_domains": ["pay.test"]})
    assert [row["source"] for row in warehouse.rows(query)] == ["(direct)"]


@pytest.mark.long
def test_blocked_ids_read_the_events_again(warehouse: Warehouse) -> None:
    fill(warehouse)
    warehouse.nightly({"blocked_ids": ["A3"]})
    assert sessions(warehouse) == 8
    query = "select count(*) as count from partitioning.rejected_events"
    assert warehouse.rows(query)[0]["count"] == 2
    warehouse.nightly({"blocked_ids": []})
    assert sessions(warehouse) == 10


@pytest.mark.long
def test_a_shared_id_links_nobody_above_the_limit(warehouse: Warehouse) -> None:
    warehouse.create_source()
    rows = [{**visit, "user_id": f"u{number}"} for number, visit in enumerate(visits())]
    kiosk = [{**row, "anonymous_id": "kiosk"} for row in rows]
    alone = {**visits()[0], "id": "alone", "anonymous_id": "kiosk"}
    warehouse.insert("segment", "pages", [*kiosk, alone])
    warehouse.nightly()
    query = (
        "select alias_id from sessions.all_sessions where alias_id in ('kiosk', 'u0') order by 1"
    )
    assert {row["alias_id"] for row in warehouse.rows(query)} == {"u0"}
    warehouse.nightly({"max_users_per_anonymous_id": 9})
    assert {row["alias_id"] for row in warehouse.rows(query)} == {"kiosk", "u0"}


@pytest.mark.long
def test_an_edited_rule_changes_channels_and_a_rule_without_sense_stops_the_run(
    warehouse: Warehouse,
) -> None:
    fill(warehouse)
    query = (
        "select channel, channel_rule, count(*) from sessions.all_sessions group by 1, 2 order by 2"
    )
    before = [("Direct", 10, 5), ("Referral", 140, 5)]
    assert [tuple(row.values()) for row in warehouse.rows(query)] == before
    # the lists count by the content of their tables, whoever changed it
    warehouse.execute(
        "insert into reference.channel_rules"
        " (precedence, channel, clause, field, operator, pattern)"
        " values (5, 'Checkout', 1, 'referrer_host', 'ends_with', 'pay.test'),"
        " (5, 'Checkout', 2, 'page_host', 'matches', '^(shop|store)[.]test$'),"
        " (6, 'It''s nobody', 1, 'campaign', 'is_not', 'a|b'),"
        " (6, 'It''s nobody', 2, 'source', 'begins_with', 'x''%')"
    )
    warehouse.nightly()
    after = [("Checkout", 5, 5), ("Direct", 10, 5)]
    assert [tuple(row.values()) for row in warehouse.rows(query)] == after
    kept = warehouse.snapshot()
    for column, value, says in (
        ("field", "sauce", "the field 'sauce' is unknown; use one of: source, medium"),
        ("operator", "like", "the operator 'like' is unknown; use one of: is, is_not"),
        ("pattern", "", "the pattern is empty; give a value"),
        ("channel", "Other", "it has the channels 'Checkout' and 'Other'; give all rows"),
    ):
        changed = (
            f"update reference.channel_rules set {column} = %s where precedence = 5 and clause = %s"
        )
        stored = warehouse.rows(
            f"select {column} as value from reference.channel_rules"
            " where precedence = 5 and clause = 2"
        )[0]["value"]
        warehouse.execute(changed, (value, 2))
        with pytest.raises(RunnerError) as caught:
            warehouse.nightly()
        assert f"list 'channel_rules' (seeds/channel_rules.csv), precedence 5: {says}" in str(
            caught.value
        )
        assert "\n" not in str(caught.value)
        warehouse.execute(changed, (stored, 2))
    warehouse.execute(
        "update reference.channel_rules set pattern = '('"
        " where operator = 'matches' and precedence = 5"
    )
    with pytest.raises(
        RunnerError, match=r"precedence 5: .*; give a POSIX regular expression"
    ) as caught:
        warehouse.nightly()
    assert "\n" not in str(caught.value)
    assert warehouse.snapshot() == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("segment_sources", []),
        ("segment_sources", [{"name": "app"}]),
        ("late_arrival_hours", -1),
        ("session_timeout_minutes", "twenty"),
        ("signup_events", "signed_up"),
        ("signup_events", []),
        ("page_view_events", [1]),
        ("blog_url_pattern", "("),
        ("own_domains", ["https://shop.test/"]),
        ("blocked_ids", None),
        ("extra_columns", ["anonymous_id"]),
        ("max_users_per_anonymous_id", 0),
        ("build_memory", "much"),
        ("rebuild_on_change", "maybe"),
        ("exclude_user_agents", "Googlebot"),
        ("exclude_user_agents", ["("]),
        ("exclude_ips", "10.0.0.0/8"),
        ("exclude_ips", ["10.0.0.0/33"]),
        ("exclude_ips", ["office"]),
        ("exclude_email_domains", ["me@corp.test"]),
        ("exclude_hosts", ["https://staging.shop.test/"]),
    ],
)
def test_a_setting_without_sense_is_one_line_that_names_it(
    warehouse: Warehouse, name: str, value: Any
) -> None:
    warehouse.create_source()
    with pytest.raises(ProjectError, match=f"^setting '{name}'") as caught:
        warehouse.nightly({name: value})
    assert "\n" not in str(caught.value)
    assert not warehouse.rows("select 1 as one from pg_tables where schemaname = 'sessions'")
