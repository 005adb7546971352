"""Small stories with every answer worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.story import arrive, at, begin, create, row, sessions, values
from tests.support.warehouse import Warehouse

BLOG = (
    "https://blog.shop.test/why?utm_source=letter&utm_medium=email&utm_campaign=may%20news"
    "&utm_term=t+1&utm_content=c1"
)
BRAND = "https://shop.test/?gclid=abc&utm_source=google&utm_medium=cpc&utm_campaign=brand"
BANNER = "https://shop.test/?utm_source=partner&utm_medium=Display&utm_campaign=banners"
AGAIN = "https://shop.test/?fbclid=f&utm_source=facebook&utm_medium=paid_social&utm_campaign=again"
PRICING = "https://shop.test/pricing"
GOOGLE = "https://www.google.com/"
PARTNER = "https://partner.test/list"
MICROSECOND = timedelta(microseconds=1)

# Ada reads the blog on her phone, clicks two ads, signs up on her laptop, and comes back later.
# Each session_id is the md5 of 'ada|<start in microseconds since 1970>', by md5sum.
ADA: list[dict[str, Any]] = [
    {
        "session_id": "5c7f61c05d56c689dcc49314895d32af",
        "alias_id": "ada",
        "session_number": 1,
        "started_at": at(0),
        "ended_at": at(25),
        "duration_seconds": Decimal(1500),
        "event_count": 3,
        "page_view_count": 3,
        "first_page_url": BLOG,
        "last_page_url": PRICING,
        "referrer": GOOGLE,
        "utm_source": "letter",
        "utm_medium": "email",
        "utm_campaign": "may news",
        "utm_term": "t 1",
        "utm_content": "c1",
        "click_id": None,
        "source": "letter",
        "medium": "email",
        "channel": "Email",
        "is_paid": False,
        "signup_at": None,
        "is_signup_session": False,
    },
    {
        "session_id": "bf21a7e24ae533fa89dc29cd4decbcc4",
        "alias_id": "ada",
        "session_number": 2,
        "started_at": at(1440),
        "ended_at": at(1440),
        "duration_seconds": Decimal(0),
        "event_count": 1,
        "page_view_count": 1,
        "first_page_url": BRAND,
        "last_page_url": BRAND,
        "referrer": GOOGLE,
        "utm_source": "google",
        "utm_medium": "cpc",
        "utm_campaign": "brand",
        "utm_term": None,
        "utm_content": None,
        "click_id": "gclid",
        "source": "google",
        "medium": "cpc",
        "channel": "Paid Search",
        "is_paid": True,
        "signup_at": None,
        "is_signup_session": False,
    },
    {
        "session_id": "77f1a34af4f4f9cb33e59b7b0152704a",
        "alias_id": "ada",
        "session_number": 3,
        "started_at": at(2160),
        "ended_at": at(2160),
        "duration_seconds": Decimal(0),
        "event_count": 1,
        "page_view_count": 1,
        "first_page_url": BANNER,
        "last_page_url": BANNER,
        "referrer": PARTNER,
        "utm_source": "partner",
        "utm_medium": "Display",
        "utm_campaign": "banners",
        "utm_term": None,
        "utm_content": None,
        "click_id": None,
        "source": "partner",
        "medium": "Display",
        "channel": "Display",
        "is_paid": True,
        "signup_at": None,
        "is_signup_session": False,
    },
    {
        "session_id": "24b19aa6e9d0ae089b2fe5ed80c52844",
        "alias_id": "ada",
        "session_number": 4,
        "started_at": at(2880),
        "ended_at": at(2884) + MICROSECOND,
        "duration_seconds": Decimal("240.000001"),
        "event_count": 4,
        "page_view_count": 3,
        "first_page_url": "https://shop.test/features",
        "last_page_url": "https://shop.test/welcome",
        "referrer": None,
        "utm_source": None,
        "utm_medium": None,
        "utm_campaign": None,
        "utm_term": None,
        "utm_content": None,
        "click_id": None,
        "source": "(direct)",
        "medium": "(none)",
        "channel": "Direct",
        "is_paid": False,
        "signup_at": at(2883),
        "is_signup_session": True,
    },
    {
        "session_id": "dea431c48f4b7327ba5ce2ea667cf4f6",
        "alias_id": "ada",
        "session_number": 5,
        "started_at": at(4320),
        "ended_at": at(4321),
        "duration_seconds": Decimal(60),
        "event_count": 2,
        "page_view_count": 1,
        "first_page_url": AGAIN,
        "last_page_url": AGAIN,
        "referrer": None,
        "utm_source": "facebook",
        "utm_medium": "paid_social",
        "utm_campaign": "again",
        "utm_term": None,
        "utm_content": None,
        "click_id": "fbclid",
        "source": "facebook",
        "medium": "paid_social",
        "channel": "Paid Social",
        "is_paid": True,
        "signup_at": at(4321),
        "is_signup_session": False,
    },
]
ADA_ATTRIBUTION = {
    "alias_id": "ada",
    "signup_timestamp": at(2883),
    "session_count_before_signup": 3,
    "blog_url": BLOG,
    "first_page_ever_visited": BLOG,
    "first_touch_timestamp": at(0),
    "first_touch_source": "letter",
    "first_touch_campaign": "may news",
    "first_touch_medium": "email",
    "first_touch_referrer": GOOGLE,
    "last_touch_timestamp": at(2880),
    "last_touch_source": "(direct)",
    "last_touch_campaign": None,
    "last_touch_medium": "(none)",
    "last_touch_referrer": None,
    "first_attributed_touch_timestamp": at(1440),
    "first_attributed_touch_source": "google",
    "first_attributed_touch_campaign": "brand",
    "first_attributed_touch_medium": "cpc",
    "first_attributed_touch_referrer": GOOGLE,
    "last_attributed_touch_timestamp": at(2160),
    "last_attributed_touch_source": "partner",
    "last_attributed_touch_campaign": "banners",
    "last_attributed_touch_medium": "Display",
    "last_attributed_touch_referrer": PARTNER,
}


def page(when: datetime, url: str | None, **columns: Any) -> dict[str, Any]:
    """A page view."""
    return row(when, url=url, **columns)


def ada_arrives(warehouse: Warehouse) -> None:
    """Ada's rows, and a visitor who never signs up."""
    pages = [
        page(at(0), BLOG, anonymous_id="phone", referrer=GOOGLE),
        page(at(5), PRICING, anonymous_id="phone", referrer=BLOG),
        page(at(1440), BRAND, anonymous_id="phone", context_page_referrer=GOOGLE),
        page(at(2160), BANNER, anonymous_id="laptop", referrer=PARTNER),
        page(at(2880), "https://shop.test/features", anonymous_id="laptop"),
        page(at(2882), "https://shop.test/signup", anonymous_id="laptop"),
        page(at(2884) + MICROSECOND, "https://shop.test/welcome", user_id="ada"),
        page(at(4320), AGAIN, anonymous_id="laptop"),
        page(at(0), PRICING, anonymous_id="stranger"),
    ]
    tracks = [
        row(at(25), anonymous_id="phone", event="page_view", context_page_url=PRICING),
        row(at(2883), anonymous_id="laptop", user_id="ada", event="signed_up"),
        row(at(4321), anonymous_id="laptop", user_id="ada", event_text="Signed Up"),
    ]
    arrive(warehouse, "pages", pages)
    arrive(warehouse, "tracks", tracks)
    arrive(warehouse, "identifies", [row(at(2900), anonymous_id="phone", user_id="ada")])


def read(
    warehouse: Warehouse, table: str, like: dict[str, Any], where: str
) -> list[dict[str, Any]]:
    """The columns of a table that an expected row has."""
    columns = ", ".join(like)
    return warehouse.rows(f"select {columns} from {table} where {where} order by 1, 2, 3")


def test_ada_in_every_column(warehouse: Warehouse) -> None:
    create(warehouse)
    ada_arrives(warehouse)
    warehouse.nightly({})
    found = read(warehouse, "sessions.all_sessions", ADA[0], "alias_id = 'ada'")
    assert sorted(found, key=lambda one: one["session_number"]) == ADA
    useful = [{**ADA[0], "is_first_session": True}, {**ADA[3], "is_first_session": False}]
    found = read(warehouse, "sessions.useful_sessions", useful[0], "true")
    assert sorted(found, key=lambda one: one["session_number"]) == useful
    assert read(warehouse, "sessions.attribution", ADA_ATTRIBUTION, "true") == [ADA_ATTRIBUTION]
    assert sessions(warehouse, "alias_id, session_number")[-1] == ("stranger", 1)


ATTRIBUTION = (
    "select alias_id, session_count_before_signup, first_touch_source, last_touch_source,"
    " first_attributed_touch_source, last_attributed_touch_source"
    " from sessions.attribution order by alias_id"
)


def test_a_signup_in_the_first_session(warehouse: Warehouse) -> None:
    begin(warehouse)
    arrive(warehouse, "tracks", [row(at(0), user_id="u", event="signed-up")])
    warehouse.nightly({})
    assert values(warehouse, ATTRIBUTION) == [("u", 0, "(direct)", "(direct)", None, None)]
    assert values(
        warehouse, "select is_first_session, is_signup_session from sessions.useful_sessions"
    ) == [(True, True)]
    assert values(
        warehouse, "select blog_url, first_page_ever_visited from sessions.attribution"
    ) == [(None, None)]


def test_an_ad_after_the_signup_is_no_touch(warehouse: Warehouse) -> None:
    begin(warehouse)
    arrive(warehouse, "tracks", [row(at(0), user_id="u", event="signed_up")])
    arrive(warehouse, "pages", [page(at(60), BANNER, user_id="u")])
    warehouse.nightly({})
    assert values(warehouse, ATTRIBUTION) == [("u", 0, "(direct)", "(direct)", None, None)]


def test_a_paid_signup_session_is_the_last_attributed_touch(
    warehouse: Warehouse,
) -> None:
    begin(warehouse)
    arrive(
        warehouse, "pages", [page(at(-60), BRAND, user_id="u"), page(at(0), BANNER, user_id="u")]
    )
    arrive(warehouse, "tracks", [row(at(0), user_id="u", event="signed_up", id="zz")])
    warehouse.nightly({})
    assert values(warehouse, ATTRIBUTION) == [("u", 1, "google", "partner", "google", "partner")]


def test_the_entry_is_the_first_event_with_a_page(warehouse: Warehouse) -> None:
    begin(warehouse)
    arrive(
        warehouse,
        "tracks",
        [
            row(at(0), anonymous_id="a", context_campaign_source="not_this", event="x"),
            row(at(60), anonymous_id="a", context_campaign_source="this", event="x"),
            row(at(61), anonymous_id="a", context_campaign_source="later", event="x"),
        ],
    )
    arrive(warehouse, "pages", [page(at(1), BANNER, anonymous_id="a")])
    arrive(warehouse, "screens", [row(at(2), anonymous_id="a")])
    warehouse.nightly({})
    columns = "utm_source, first_page_url, last_page_url, event_count, page_view_count"
    assert sessions(warehouse, columns) == [
        ("partner", BANNER, BANNER, 3, 1),
        ("this", None, None, 2, 0),
    ]


def test_the_blog_counts_up_to_the_moment_of_the_signup(warehouse: Warehouse) -> None:
    begin(warehouse)
    late_blog = "https://shop.test/blog/late"
    same_moment = "https://shop.test/Blog/now?x#y"
    for user, pages in {
        "after": [page(at(1), late_blog, user_id="after")],
        "in_query": [page(at(0), "https://shop.test/?to=/blog/x", user_id="in_query")],
        "now": [
            page(at(1), late_blog, user_id="now"),
            page(at(0), same_moment, user_id="now", id="zzz"),
        ],
    }.items():
        arrive(warehouse, "pages", pages)
        arrive(warehouse, "tracks", [row(at(0), user_id=user, event="signed_up")])
    warehouse.nightly({})
    query = "select alias_id, blog_url, first_page_ever_visited from sessions.attribution"
    assert values(warehouse, f"{query} order by 1") == [
        ("after", None, late_blog),
        ("in_query", None, "https://shop.test/?to=/blog/x"),
        ("now", same_moment, same_moment),
    ]


@pytest.mark.parametrize(("minutes", "count"), [(0, 1), (1, 2)])
def test_a_gap_of_the_timeout_joins_and_a_microsecond_more_splits(
    warehouse: Warehouse, minutes: int, count: int
) -> None:
    begin(warehouse)
    second = at(20) + minutes * MICROSECOND
    arrive(warehouse, "pages", [page(at(0), PRICING, anonymous_id="a")])
    warehouse.nightly({})
    arrive(warehouse, "pages", [page(second, PRICING, anonymous_id="a")])
    warehouse.nightly({})
    assert len(sessions(warehouse, "session_id")) == count
