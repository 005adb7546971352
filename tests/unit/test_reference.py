"""The plain Python reading of the contract, checked against answers worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.reference import Settings, cleaning, contract_tables
from tests.reference.channels import project_channels
from tests.reference.identity import Pair, alias_of, ways_out
from tests.reference.referrers import KnownHost, Referrers

NOON = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)
HOSTS = Referrers(
    [
        KnownHost("search", "Google", "google.com"),
        KnownHost("search", "Google", "google.{}"),
        KnownHost("search", "Google Images", "google.{}", "/imgres"),
        KnownHost("search", "Yahoo!", "{}.search.yahoo.com"),
        KnownHost("mail", "Gmail", "mail.google.com"),
        KnownHost("other", "Google Docs", "docs.google.com"),
        KnownHost("social", "Facebook", "facebook.com"),
        KnownHost("social", "X", "x.com"),
        KnownHost("ai", "Grok", "x.com", "/i/grok"),
    ]
)


def minute(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def row(message: str | None, minutes: float = 0, **columns: Any) -> dict[str, Any]:
    """A source row that arrives when it happens."""
    at = minute(minutes)
    return {"id": message, "timestamp": at, "received_at": at, **columns}


def read(tables: dict[str, list[dict[str, Any]]], **settings: Any) -> Any:
    """The oracle's tables of one source."""
    return contract_tables({"app": tables}, Settings.from_vars(settings), HOSTS)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (None, None),
        ("", None),
        (" \t", None),
        ("NULL", None),
        (" Undefined ", None),
        ("NaN", None),
        ("0", None),
        ("00", "00"),
        ("00000000-0000-0000-0000-000000000000", None),
        ("\fu1\n", "u1"),
        ("U1", "U1"),
        ("Kiosk", None),
        ("\u00a0", "\u00a0"),
    ],
)
def test_ids_are_trimmed_and_empty_or_blocked_ones_are_null(written: str, meant: str) -> None:
    assert cleaning.clean_id(written, blocked=["kiosk"]) == meant


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://x.com/?utm_source=a+b%20c", "a b c"),
        ("https://x.com/?utm_source=&utm_source=b", None),
        ("https://x.com/?UTM_source=a", None),
        ("https://x.com/?a=1&utm_source=a=b#utm_source=c", "a=b"),
        ("https://x.com/#?utm_source=a", None),
        ("https://x.com/?utm_source=100%+sure%zz", "100% sure%zz"),
        ("https://x.com/?utm_source=%FF+a", "%FF a"),
        ("https://x.com/?utm_source=a%00b", "a%00b"),
        ("https://x.com/?utm_source=%E2%82%AC", "\u20ac"),
        ("https://x.com/?utm_source", None),
        ("?utm_source=a?b", "a?b"),
    ],
)
def test_campaign_fields_of_a_url(url: str, source: str | None) -> None:
    assert cleaning.campaign({}, url)["source"] == source


def test_the_context_campaign_wins_as_a_whole() -> None:
    url = "https://x.com/?utm_source=url&utm_medium=cpc"
    found = cleaning.campaign(
        {"context_campaign_name": "spring", "context_campaign_term": " "}, url
    )
    assert found == {
        "source": None,
        "medium": None,
        "campaign": "spring",
        "term": None,
        "content": None,
    }
    assert cleaning.campaign({"context_campaign_name": ""}, url)["medium"] == "cpc"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://User:pw@WWW.Example.com.:8080/path?q#f", "www.example.com"),
        ("//cdn.example.com/a", "cdn.example.com"),
        ("example.com/a", "example.com"),
        ("localhost/a", None),
        ("http://localhost/a", "localhost"),
        ("android-app://com.google.android.gm/", "com.google.android.gm"),
        ("mailto:someone@example.com", "example.com"),
        ("http://[::1]:80/a", "[::1]"),
        ("http:///a", None),
        ("http://two words.com/", None),
        ("http://example.com\\@evil.com/", "example.com"),
        ("", None),
        (None, None),
    ],
)
def test_host_of_a_url(url: str | None, host: str | None) -> None:
    assert cleaning.host(url) == host


@pytest.mark.parametrize(
    ("referrer", "page", "kept"),
    [
        ("https://shop.test/a", "https://shop.test/b", False),
        ("https://www.shop.test/a", "https://shop.test/b", True),
        ("https://pay.example/a", "https://shop.test/b", False),
        ("https://eu.pay.example/a", "https://shop.test/b", False),
        ("https://notpay.example/a", "https://shop.test/b", True),
        ("/relative", "https://shop.test/b", True),
        ("https://pay.example/a", None, False),
    ],
)
def test_own_pages_refer_nobody(referrer: str, page: str | None, kept: bool) -> None:
    found = cleaning.outside_referrer(referrer, page, ["pay.example"])
    assert found == (referrer if kept else None)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://x.com/?fbclid=1&gclid=2", "gclid"),
        ("https://x.com/?fbclid=1", "fbclid"),
        ("https://x.com/?gclid=", None),
        ("https://x.com/?GCLID=1", None),
        ("https://x.com/#gclid=1", None),
        (None, None),
    ],
)
def test_click_id(url: str | None, name: str | None) -> None:
    assert cleaning.click_id(url) == name


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://x.com/blog/a", True),
        ("https://BLOG.x.com", True),
        ("https://x.com/BLOG/", True),
        ("https://x.com/blog", False),
        ("https://x.com/a?next=/blog/", False),
        ("https://user/blog/@x.com/", True),
        ("https://myblog.x.com/", False),
        ("/blog/a", True),
    ],
)
def test_blog_url(url: str, found: bool) -> None:
    assert cleaning.is_blog_url(url, Settings().blog_url_pattern) is found


@pytest.mark.parametrize(
    ("medium", "click", "paid"),
    [
        ("CPC", None, True),
        ("xcpy", None, True),
        ("ppc", None, True),
        ("ppcx", None, False),
        ("Paid social", None, True),
        ("unpaid", None, False),
        ("display", None, True),
        ("displays", None, False),
        ("organic", "gclid", True),
        (None, "fbclid", False),
        (None, None, False),
    ],
)
def test_is_paid(medium: str | None, click: str | None, paid: bool) -> None:
    assert project_channels().is_paid(medium, click) is paid


@pytest.mark.parametrize(
    ("referrer", "source", "medium"),
    [
        (None, "(direct)", "(none)"),
        ("no host", "(direct)", "(none)"),
        ("https://www.google.com/search?q=a", "google", "organic"),
        ("https://google.co.uk", "google", "organic"),
        ("https://www.google.info/", "google.info", "referral"),
        ("https://google.com.evil.test/", "google.com.evil.test", "referral"),
        ("https://www.google.de/imgres?q=1", "google images", "organic"),
        ("https://www.google.de/imgreset", "google", "organic"),
        ("https://de.search.yahoo.com/", "yahoo!", "organic"),
        ("https://search.yahoo.com/", "search.yahoo.com", "referral"),
        ("https://mail.google.com/", "gmail", "email"),
        ("https://docs.google.com/a", "docs.google.com", "referral"),
        ("https://x.com/a", "x", "social"),
        ("https://x.com/i/grok/1", "grok", "ai-assistant"),
        ("https://notgoogle.com/", "notgoogle.com", "referral"),
        ("https://www.news.test/a", "news.test", "referral"),
        ("https://m.facebook.com/a", "facebook", "social"),
    ],
)
def test_source_and_medium_by_referrer(referrer: str | None, source: str, medium: str) -> None:
    assert HOSTS(referrer) == (source, medium)


def test_the_earliest_link_is_the_way_out_then_the_smaller_user() -> None:
    pairs = [
        Pair("a", "u2", minute(1), minute(9)),
        Pair("a", "u1", minute(1), minute(1)),
        Pair("b", "u1", minute(2), minute(2)),
        Pair("b", "u9", minute(1), minute(1)),
    ]
    assert ways_out(pairs, Settings()) == {"a": "u1", "b": "u9"}
    assert ways_out(pairs, Settings(max_users_per_anonymous_id=1)) == {}


def test_a_chain_ends_at_its_end_and_a_cycle_at_its_smallest_id() -> None:
    out = {"a": "b", "b": "c", "c": "b", "x": "y"}
    assert [alias_of(one, out) for one in "abcxyz"] == ["b", "b", "b", "y", "y", "z"]


def test_each_rejected_row_has_the_first_reason_that_holds() -> None:
    day = timedelta(hours=24)
    old = datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    tables = {
        "tracks": [
            row(None, user_id=None),
            row("m1", anonymous_id="null"),
            {**row("m2", user_id="u"), "received_at": None, "timestamp": None},
            {**row("m3", user_id="u"), "timestamp": None},
            {**row("m4", user_id="u"), "timestamp": NOON + day},
            {**row("m5", user_id="u"), "timestamp": NOON + day + timedelta(microseconds=1)},
            {**row("m6", user_id="u"), "timestamp": old},
            {**row("m7", user_id="u"), "timestamp": datetime(2000, 1, 1)},
        ]
    }
    found = read(tables)
    assert [(one["reason"], one["rows"]) for one in found.rejected_events] == [
        ("missing_id", 1),
        ("missing_identity", 1),
        ("missing_received_at", 1),
        ("missing_timestamp", 1),
        ("timestamp_after_received_at", 1),
        ("timestamp_before_2000", 1),
    ]
    assert sorted(one["id"] for one in found.app_tracks) == ["m4", "m7"]
    assert (found.rows_read, found.duplicates) == (8, 0)


def test_of_copies_the_first_to_arrive_wins_across_the_tables_of_a_source() -> None:
    tables = {
        "tracks": [{**row("m", 5, user_id="late"), "received_at": minute(9)}],
        "pages": [{**row("m", 6, user_id="first"), "received_at": minute(7)}],
        "identifies": [{**row("m", 0, user_id="u", anonymous_id="a")}],
    }
    found = read(tables)
    assert [(one["source_table"], one["user_id"]) for one in found.app_tracks] == [
        ("pages", "first")
    ]
    assert [(one["anonymous_id"], one["user_id"]) for one in found.known_pairs] == [("a", "u")]
    assert (found.rows_read, found.duplicates) == (2, 1)


def test_a_gap_of_exactly_the_timeout_does_not_split() -> None:
    tables = {
        "tracks": [
            row("m1", 0, anonymous_id="a", event="x"),
            row("m2", 20, anonymous_id="a", event="x"),
            {**row("m3", 0, anonymous_id="a"), "timestamp": minute(40) + timedelta(microseconds=1)},
        ]
    }
    tables["tracks"][2]["received_at"] = minute(41)
    found = read(tables).all_sessions
    assert [(one["session_number"], one["event_count"]) for one in found] == [(1, 2), (2, 1)]
    assert found[0]["duration_seconds"] == Decimal(1200)
    # printf 'a|1709640000000000' | md5sum
    assert found[0]["session_id"] == "7a57d3a80489e89635cfacafecbc545e"


def test_one_story_from_first_visit_to_signup() -> None:
    tables = {
        "pages": [
            row(
                "p1",
                0,
                anonymous_id="a",
                url="https://shop.test/blog/one?utm_source=g&utm_medium=cpc&utm_campaign=spring",
                referrer="https://www.google.com/",
            ),
            row(
                "p2", 60, anonymous_id="a", url="https://shop.test/", referrer="https://news.test/"
            ),
        ],
        "tracks": [
            row("t1", 61, user_id="u", event="signed_up"),
            row("t2", 200, user_id="u", event="later"),
        ],
        "identifies": [row("i1", 62, anonymous_id="a", user_id="u")],
    }
    found = read(tables)
    assert [(one["alias_id"], one["session_number"]) for one in found.all_sessions] == [
        ("u", 1),
        ("u", 2),
        ("u", 3),
    ]
    assert [one["session_number"] for one in found.useful_sessions] == [1, 2]
    assert found.attribution == [
        {
            "alias_id": "u",
            "signup_timestamp": minute(61),
            "session_count_before_signup": 1,
            "blog_url": tables["pages"][0]["url"],
            "first_page_ever_visited": tables["pages"][0]["url"],
            "first_touch_timestamp": minute(0),
            "first_touch_source": "g",
            "first_touch_campaign": "spring",
            "first_touch_medium": "cpc",
            "first_touch_referrer": "https://www.google.com/",
            "last_touch_timestamp": minute(60),
            "last_touch_source": "news.test",
            "last_touch_campaign": None,
            "last_touch_medium": "referral",
            "last_touch_referrer": "https://news.test/",
            "first_attributed_touch_timestamp": minute(0),
            "first_attributed_touch_source": "g",
            "first_attributed_touch_campaign": "spring",
            "first_attributed_touch_medium": "cpc",
            "first_attributed_touch_referrer": "https://www.google.com/",
            "last_attributed_touch_timestamp": minute(0),
            "last_attributed_touch_source": "g",
            "last_attributed_touch_campaign": "spring",
            "last_attributed_touch_medium": "cpc",
            "last_attributed_touch_referrer": "https://www.google.com/",
        }
    ]
