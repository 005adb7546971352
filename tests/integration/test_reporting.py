"""What marketing asks for, on a story with every answer worked out by hand."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from runner.errors import ProjectError
from runner.project import PROJECT_DIR
from tests.integration.story import arrive, at, begin, create, row, values
from tests.support.documents import sql_blocks
from tests.support.shared_data import SHARED_DATA
from tests.support.warehouse import Warehouse

GOOGLE = {"context_page_referrer": "https://www.google.com/"}
BRAND = "https://shop.test/pricing?utm_source=google&utm_medium=cpc&utm_campaign=Brand"
AGAIN = "https://shop.test/?utm_source=fb&utm_medium=paid_social&utm_campaign=Again"
LETTER = "https://shop.test/news?utm_source=letter&utm_medium=email"
BANNER = "https://shop.test/#top?utm_source=x"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
MARCH = date(2024, 3, 1)
INPUTS: dict[str, Any] = {
    "orders": {
        "schema": "shop",
        "table": "orders",
        "user_id": "customer",
        "timestamp": "ordered",
        "value": "total",
        "currency": "currency",
    },
    "ad_spend": {
        "schema": "shop",
        "table": "spend",
        "date": "day",
        "source": "platform",
        "campaign": "campaign",
        "cost": "cost",
        "currency": "currency",
    },
    "self_reports": {
        "schema": "shop",
        "table": "survey",
        "user_id": "customer",
        "answer": "said",
        "timestamp": "said_at",
    },
}
TABLES = (
    *("reporting.touch_credit", "reporting.signup_activity", "reporting.signup_value"),
    *("reporting.ad_costs", "reporting.self_report_answers"),
)


def page(when: Any, url: str = "https://shop.test/", **columns: Any) -> dict[str, Any]:
    """A page view."""
    return row(when, url=url, **columns)


def signup(when: Any, user: str, **columns: Any) -> dict[str, Any]:
    """The event of a signup."""
    return row(when, user_id=user, event="signed_up", context_page_url=BANNER, **columns)


def tell(warehouse: Warehouse) -> None:
    """Ada comes by search and ad, Bob by a paid post, Cleo by herself; a robot signs up too."""
    begin(warehouse)
    blog = "https://shop.test/blog/why?ref=1"
    arrive(
        warehouse,
        "pages",
        [
            page(at(0), blog, anonymous_id="phone", **GOOGLE),
            page(at(days=7), BRAND, anonymous_id="phone"),
            page(at(days=14), anonymous_id="phone", user_id="ada"),
            page(at(days=1), AGAIN, anonymous_id="b", user_id="bob"),
            page(at(days=2), anonymous_id="c", user_id="cleo"),
            page(at(days=3), anonymous_id="d", user_id="dan", context_user_agent=BOT),
            # Ada again on the 7th and 30th day, Bob within the first hour; somebody else much later
            page(at(days=21, hours=2), user_id="ada"),
            page(at(days=44, hours=2), user_id="ada"),
            page(at(days=1, hours=1), user_id="bob"),
            page(at(days=150), anonymous_id="stranger"),
        ],
    )
    arrive(
        warehouse,
        "tracks",
        [
            signup(at(5, days=14), "ada"),
            signup(at(5, days=1), "bob"),
            signup(at(5, days=2), "cleo"),
            signup(at(5, days=3), "dan", context_user_agent=BOT),
        ],
    )
    warehouse.execute(
        "create schema shop;"
        " create table shop.orders (customer text, ordered timestamp, total float8, currency text);"
        " create table shop.spend (day date, platform text, campaign text, cost numeric,"
        " currency text);"
        " create table shop.survey (customer text, said text, said_at timestamptz)"
    )
    orders = [
        *[("ada", at(days=24), 100, "EUR"), ("ada", at(days=54), 50, "EUR")],
        *[("phone", at(days=414), 30, "EUR"), ("bob", at(days=2), 20, "USD")],
        *[("nobody", at(0), 999, "EUR"), ("bob", at(0), float("nan"), "USD")],
        *[(None, at(0), 1, "EUR"), ("cleo", None, None, None)],
    ]
    for one in orders:
        warehouse.execute("insert into shop.orders values (%s, %s, %s, %s)", one)
    warehouse.execute(
        "insert into shop.spend values ('2024-03-12', 'Google Ads', 'brand', 30, 'EUR'),"
        " ('2024-03-12', 'AdWords', 'BRAND ', 3, 'EUR'), ('2024-03-06', 'facebook', 'again', 10,"
        " 'EUR'), ('2024-02-01', 'radio', null, 7, 'EUR')"
    )
    for said in (
        ("ada", "Google search", at(days=15)),
        ("ada", "a friend", at(days=16)),
        ("bob", "saw your ad on Facebook!", None),
        ("cleo", "a little bird", None),
        ("stranger", "podcast", None),
    ):
        warehouse.execute("insert into shop.survey values (%s, %s, %s)", said)


@pytest.fixture
def told(warehouse: Warehouse) -> Warehouse:
    """The story, after its first night."""
    tell(warehouse)
    warehouse.nightly(INPUTS)
    return warehouse


def test_every_answer_by_hand(told: Warehouse) -> None:
    credit = (
        "select attribution_model, alias_id, channel, credit from reporting.touch_credit"
        " where attribution_model in ('first_touch', 'last_non_direct_touch', 'last_paid_touch',"
        " 'position_based') order by 1, 2, touch_number"
    )
    one = Decimal("1.000000000000")
    assert values(told, credit) == [
        ("first_touch", "ada", "Organic Search", one),
        ("first_touch", "bob", "Paid Social", one),
        ("first_touch", "cleo", "Direct", one),
        ("last_non_direct_touch", "ada", "Paid Search", one),
        ("last_non_direct_touch", "bob", "Paid Social", one),
        ("last_non_direct_touch", "cleo", "Direct", one),
        ("last_paid_touch", "ada", "Paid Search", one),
        ("last_paid_touch", "bob", "Paid Social", one),
        ("last_paid_touch", "cleo", "No paid touch", one),
        ("position_based", "ada", "Organic Search", Decimal("0.400000000000")),
        ("position_based", "ada", "Paid Search", Decimal("0.200000000000")),
        ("position_based", "ada", "Direct", Decimal("0.400000000000")),
        ("position_based", "bob", "Paid Social", one),
        ("position_based", "cleo", "Direct", one),
    ]

    # signups, value after 30 and 90 days and in all, per signup, cost, per signup, return
    performance = (
        "select channel, currency, signups::float, value_30_days::float, value_90_days::float,"
        " lifetime_value::float, lifetime_value_per_signup::float, cost::float,"
        " cost_per_signup::float, return_on_ad_spend::float from reporting.channel_performance"
        " where attribution_model = 'first_touch' and signup_month = '2024-03-01' order by 1, 2"
    )
    assert values(told, performance) == [
        ("Direct", "EUR", 1, 0, 0, 0, 0, 0, 0, None),
        ("Direct", "USD", 1, 0, 0, 0, 0, 0, 0, None),
        ("Organic Search", "EUR", 1, 100, 150, 180, 180, 0, 0, None),
        ("Organic Search", "USD", 1, 0, 0, 0, 0, 0, 0, None),
        ("Paid Search", "EUR", 0, 0, 0, 0, None, 33, None, 0),
        ("Paid Search", "USD", 0, 0, 0, 0, None, 0, None, None),
        ("Paid Social", "EUR", 1, 0, 0, 0, 0, 10, 10, 0),
        ("Paid Social", "USD", 1, 20, 20, 20, 20, 0, 0, None),
    ]
    february = (
        "select distinct channel, signups::float, cost::float, currency"
        " from reporting.channel_performance where signup_month = '2024-02-01' and cost > 0"
    )
    assert values(told, february) == [("Unassigned", 0, 7, "EUR")]
    campaigns = (
        "select canonical_source, campaign, signups::float, lifetime_value::float, cost::float"
        " from reporting.campaign_performance where attribution_model = 'last_paid_touch'"
        " and currency = 'EUR' and signup_month = '2024-03-01' order by 1, 2"
    )
    assert values(told, campaigns) == [
        ("(not set)", "(not set)", 1, 0, 0),
        ("facebook", "again", 1, 0, 10),
        ("google", "brand", 1, 180, 33),
    ]
    content = (
        "select content_kind, page, signups, signups_in_first_session, lifetime_value::float"
        " from reporting.content_performance where currency = 'EUR' order by 1, 2"
    )
    assert values(told, content) == [
        ("blog_url", "https://shop.test/blog/why", 1, 0, 180),
        ("first_page", "https://shop.test/", 2, 2, 0),
        ("first_page", "https://shop.test/blog/why", 1, 0, 180),
    ]

    # whole days of 24 hours since the signup
    activity = "select alias_id, active_days from reporting.signup_activity order by 1"
    assert values(told, activity) == [("ada", [7, 30]), ("bob", [0]), ("cleo", [])]
    after = (
        "select days_after_signup, sum(signups)::int as signups, sum(active_that_day)::int as then,"
        " sum(active_since)::int as since from reporting.active_after_signup group by 1 order by 1"
    )
    assert values(told, after) == [(7, 3, 1, 1), (28, 3, 0, 1), (90, 3, 0, 0)]
    weeks = (
        "select period_number, sum(signups)::int as signups, sum(active_signups)::int as active"
        " from reporting.retention where period = 'week' group by 1"
        " having sum(active_signups) > 0 order by 1"
    )
    assert values(told, weeks) == [(0, 3, 1), (1, 3, 1), (4, 3, 1)]
    months = (
        "select channel, period_number, signups, active_signups from reporting.retention"
        " where period = 'month' and channel = 'Organic Search' order by 2"
    )
    assert values(told, months) == [
        *[("Organic Search", 0, 1, 1), ("Organic Search", 1, 1, 1)],
        *[("Organic Search", 2, 1, 0), ("Organic Search", 3, 1, 0)],
    ]

    agreement = (
        "select alias_id, answer, answered_channel, first_touch_channel, agrees"
        " from reporting.self_report_agreement order by 1"
    )
    assert values(told, agreement) == [
        ("ada", "Google search", "Organic Search", "Organic Search", True),
        ("bob", "saw your ad on Facebook!", "Organic Social", "Paid Social", True),
        ("cleo", "a little bird", None, "Direct", None),
    ]
    check = (
        "select channel, answers, first_touches, agreeing, agreeing_share::float"
        " from reporting.self_report_check order by 1"
    )
    assert values(told, check) == [
        ("Direct", 0, 1, 0, None),
        ("No channel: a little bird", 1, 0, 0, None),
        ("Organic Search", 1, 1, 1, 1),
        ("Organic Social", 1, 0, 1, 1),
        ("Paid Social", 0, 1, 0, None),
    ]
    signups = "select * from reporting.reconciliation"
    assert values(told, signups)[0][:7] == (MARCH, 4, 2, 1, 1, 0, 2)

    # the questions of the documents have an answer, and so does every day of the source
    told.nightly(INPUTS, full_tests=True)
    for query in sql_blocks(PROJECT_DIR / "docs" / "questions.md"):
        assert told.rows(query), query
    days = "select sum(rows_in_source) as a, sum(events_kept) as b, sum(copies) as c from reporting"
    assert values(told, f"{days}.event_reconciliation") == [(14, 14, 0)]


def test_what_changed_is_told_and_nights_equal_a_rebuild(told: Warehouse) -> None:
    changes = (
        "select alias_id, change_kind, reason, moved_to_alias_id, old_values ->>"
        " 'first_touch_source' as before, new_values ->> 'first_touch_source' as after"
        " from reporting.attribution_changes order by changed_at, alias_id"
    )
    assert values(told, changes) == []

    # a letter that Ada opened before all that arrives late
    arrive(
        told, "pages", [page(at(days=-3), LETTER, anonymous_id="phone", received_at=at(days=151))]
    )
    told.nightly(INPUTS)
    late = ("ada", "changed", "late event", None, "google", "letter")
    assert values(told, changes) == [late]
    columns = "select changed_columns from reporting.attribution_changes"
    assert set(values(told, columns)[0][0].split(", ")) == {
        *("first_page_ever_visited", "first_touch_channel", "first_touch_medium"),
        *("first_touch_referrer", "first_touch_source", "first_touch_timestamp"),
        "session_count_before_signup",
    }

    # a tablet turns out to be Bob's, and Cleo to be somebody else
    arrive(told, "pages", [page(at(days=-9), LETTER, anonymous_id="tablet")])
    arrive(told, "identifies", [row(at(days=152), anonymous_id="tablet", user_id="bob")])
    arrive(told, "aliases", [row(at(days=152), previous_id="cleo", user_id="cleopatra")])
    told.execute(
        "update segment.pages set received_at = '2024-08-04' where anonymous_id = 'tablet'"
    )
    told.nightly(INPUTS)
    linked = [
        ("bob", "changed", "new link", None, "fb", "letter"),
        ("cleo", "removed", "new link", "cleopatra", "(direct)", None),
    ]
    assert values(told, changes) == [late, *linked]
    told.nightly(INPUTS)
    assert values(told, changes) == [late, *linked]

    by_nights = told.snapshot(TABLES)
    assert all(by_nights.values())
    told.rebuild(INPUTS)
    assert told.snapshot(TABLES) == by_nights
    assert values(told, changes) == [late, *linked]


@pytest.mark.long
def test_a_changed_setting_shares_out_anew(told: Warehouse) -> None:
    by_default = told.snapshot(TABLES)
    # what was left out meanwhile is made good
    setting = {**INPUTS, "session_timeout_minutes": 60 * 24 * 8}
    told.nightly({**setting, "reporting": False})
    assert told.snapshot(TABLES) == by_default
    told.nightly(setting)
    assert told.snapshot(TABLES) != by_default
    fewer = {**INPUTS, "attribution_models": ["linear"], "attribution_lookback_days": 8}
    told.nightly(fewer)
    touches = (
        "select alias_id, touch_count, credit::float from reporting.touch_credit order by 1,"
        " touch_number"
    )
    assert values(told, touches) == [
        *[("ada", 2, 0.5), ("ada", 2, 0.5), ("bob", 1, 1), ("cleo", 1, 1)],
    ]


@pytest.mark.long
def test_settings_without_sense(warehouse: Warehouse) -> None:
    tell(warehouse)
    orders, spend = INPUTS["orders"], INPUTS["ad_spend"]
    for setting, line in (
        ({"attribution_models": ["lastly"]}, "holds 'lastly'; choose from first_touch"),
        ({"attribution_lookback_days": 0}, "setting 'attribution_lookback_days'"),
        ({"time_decay_half_life_days": 1.5}, "not a whole number"),
        ({"reporting": "yes"}, "write true or false"),
        ({"orders": {"schema": "shop"}}, "setting 'orders' (vars.orders in dbt_project.yml or"),
        ({"orders": {**orders, "table": "oders"}}, "there is no table shop.oders"),
        ({"orders": {**orders, "value": "sum"}}, "shop.orders has no column 'sum'"),
        ({"orders": {**orders, "value": "customer"}}, "customer is of type text"),
        ({"ad_spend": {**spend, "dollars": "x"}}, "which it does not know"),
        ({"self_reports": "survey"}, 'is "survey"; write it as {schema: ..., table: ...'),
    ):
        with pytest.raises(ProjectError) as caught:
            warehouse.dbt(["run-operation", "check_source"], {**INPUTS, **setting})
        assert line in str(caught.value)
        assert "\n" not in str(caught.value)
    assert values(warehouse, "select count(*) from partitioning.app_tracks") == [(0,)]


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the known answers are not at hand")
def test_known_answers_of_10000_paths(warehouse: Warehouse) -> None:
    folder = SHARED_DATA / "multi-touch"
    create(warehouse, ["tracks"])
    # so that there is a table with the month of the sessions below
    arrive(warehouse, "tracks", [row(at(), anonymous_id="nobody")])
    warehouse.nightly()
    sessions = []
    with (folder / "PathData.csv").open(newline="") as file:
        for path in csv.DictReader(file):
            channels = [name.strip() for name in path["path"].split(">")]
            for copy in range(int(path["total_conversions"])):
                who = f"{len(sessions)}-{copy}"
                for number, channel in enumerate(channels, start=1):
                    is_signup = number == len(channels)
                    sessions.append(
                        {
                            "alias_id": who,
                            "session_id": f"{who}-{number}",
                            "session_number": number,
                            "channel": channel,
                            "started_at": at(number),
                            "is_signup_session": is_signup,
                            "signup_at": at(number) if is_signup else None,
                        }
                    )
    warehouse.insert("sessions", "all_sessions", sessions)
    chosen = {"attribution_models": ["first_touch", "last_touch", "linear", "position_based"]}
    warehouse.dbt(["build", "--select", "touch_credit", "--full-refresh"], chosen)
    found = {
        (model, channel): float(signups)
        for model, channel, signups in values(
            warehouse,
            "select attribution_model, channel, sum(credit)"
            " from reporting.touch_credit group by 1, 2",
        )
    }
    wanted: dict[tuple[str, str], float] = {}
    for name, columns in (
        (
            "expected_heuristics.csv",
            {
                "first_touch": "first_touch_conversions",
                "last_touch": "last_touch_conversions",
                "linear": "linear_touch_conversions",
            },
        ),
        ("expected_position_40_20_40.csv", {"position_based": "position_40_20_40_conversions"}),
    ):
        with (folder / name).open(newline="") as file:
            for line in csv.DictReader(file):
                for model, column in columns.items():
                    wanted[(model, line["channel_name"])] = float(line[column])
    assert len(wanted) >= 40
    for key, number in wanted.items():
        assert found.get(key, 0) == pytest.approx(number, abs=1e-6), key
