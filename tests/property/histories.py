"""What hypothesis draws: small histories of a few people, and the settings they are read with.

A run of dbt costs seconds whatever it reads, so many histories are read by one run: each lives in
a world of its own (a prefix on every id), and all worlds of a group share settings and nights.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

Row = dict[str, Any]
ALL_ARRIVALS_ARE_LEGAL = 100_000
MONTH_END = datetime(2024, 1, 31, 23, 50, tzinfo=UTC)
MIDNIGHT = datetime(2024, 2, 1, 0, 0, tzinfo=UTC)
SPRING = datetime(2024, 3, 9, 12, 0, tzinfo=UTC)
ANCHORS = ((MONTH_END,), (MONTH_END, MIDNIGHT), (SPRING, MONTH_END), (MIDNIGHT, SPRING))
ANONYMOUS = ("a1", "a2", "a3")
USERS = ("u1", "u2", "u3@corp.test")
EMPTY = (None, "", " ", "null", "NaN", "0", "00000000-0000-0000-0000-000000000000")
URLS = (
    "https://shop.test/",
    None,
    " ",
    "https://shop.test/pricing#plans",
    "https://shop.test/blog/one",
    "https://blog.shop.test/two?utm_source=letter&utm_medium=email",
    "https://shop.test/p?gclid=1&utm_campaign=spring",
    "https://shop.test/p?fbclid=x&utm_source=&utm_source=late",
    "https://shop.test/p?utm_source=a+b%20c&utm_campaign=%E2%82%AC&utm_term=100%+x%zz",
    "https://shop.test/p?utm_source=%FF+raw&utm_content=%00&msclkid=",
    "https://shop.test/x?utm_medium=CPC&utm_medium=organic",
    "https://shop.test/x?utm_medium=paid+social&utm_source=facebook",
    "/blog/relative?utm_medium=display",
    "two words.test/blog/",
)
REFERRERS = (
    None,
    "",
    "https://shop.test/before",
    "https://pay.example/done",
    "https://eu.pay.example:8443/done",
    "https://notpay.example/",
    "https://www.google.com/search?q=shop",
    "http://google.co.uk/imgres?q=a",
    "https://mail.google.com/",
    "https://docs.google.com/d/1",
    "android-app://com.google.android.gm/",
    "https://x.com/i/grok?a",
    "https://m.facebook.com/",
    "https://chatgpt.com/",
    "https://www.news.test/a?b#c",
    "no host",
)
CAMPAIGNS: tuple[dict[str, str | None], ...] = (
    {},
    {},
    {},
    {"source": "google", "medium": "cpc", "name": "spring > summer"},
    {"source": "  ", "medium": "", "name": None},
    {"source": "partner", "medium": "Affiliate", "term": "t", "content": "c"},
    {"name": "only a name, with a comma"},
    {"source": "FB", "medium": "Paid_Social", "content": "Video"},
    {"source": "NULL", "medium": "(not set)", "name": "winter shop"},
    {"source": "chatgpt.com"},
)
BROWSER = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
AGENTS = (None, None, BROWSER, BROWSER, CRAWLER, "wget/1.21", "x" * 998 + CRAWLER, "OurMonitor 1")
ADDRESSES = (
    None,
    None,
    "198.51.100.7",
    "10.1.2.3",
    "::ffff:10.9.9.9",
    "2001:DB8::5",
    "10.1.2",
    "x",
)
EMAILS = (None, None, "me@shop.test", "Boss@Corp.Test", "@corp.test", "corp.test", "a@b@corp.test ")
EVENTS = (
    ("clicked", "Clicked"),
    ("signed_up", None),
    ("page_view", None),
    (None, "loaded_a_page"),
    ("sign_up_done", "Signed Up"),
    ("SIGNED_UP", "bought"),
    (None, None),
)


@dataclass(frozen=True)
class Setup:
    """What all histories of a group share: vars, sources, nights, and how the first one builds."""

    settings: dict[str, Any]
    sources: tuple[str, ...]
    nights: int
    first_by_months: bool

    @property
    def timeout(self) -> timedelta:
        """The session timeout of the settings."""
        return timedelta(minutes=self.settings.get("session_timeout_minutes", 20))

    @property
    def any_order(self) -> bool:
        """Whether rows may arrive in any order and still be read."""
        return self.settings.get("late_arrival_hours", 24) == ALL_ARRIVALS_ARE_LEGAL


@dataclass(frozen=True)
class Arrival:
    """One source row and when it is there: the night, or hours of delay if order is bounded."""

    source: str
    table: str
    row: Row = field(hash=False)
    night: int
    delay_hours: float


@st.composite
def setups(draw: st.DrawFn) -> Setup:
    """Draw the settings of a group."""
    settings: dict[str, Any] = {
        "session_timeout_minutes": draw(st.sampled_from([20, 20, 30, 1])),
        "late_arrival_hours": draw(st.sampled_from([ALL_ARRIVALS_ARE_LEGAL] * 3 + [24])),
        "own_domains": draw(st.sampled_from([[], ["pay.example"]])),
        "max_users_per_anonymous_id": draw(st.sampled_from([None, None, None, 2, 1])),
    }
    if draw(st.booleans()):
        settings["blocked_ids"] = ["Kiosk"]
    settings["exclude_user_agents"] = draw(st.sampled_from([True, False, ["^OurMonitor"]]))
    settings["exclude_ips"] = draw(st.sampled_from([[], ["10.0.0.0/8", "2001:db8::/32"]]))
    settings["exclude_email_domains"] = draw(st.sampled_from([[], ["corp.test"]]))
    settings["exclude_hosts"] = draw(st.sampled_from([[], [], ["blog.shop.test"]]))
    if draw(st.integers(0, 3)) == 3:
        settings["signup_events"] = ["bought"]
        settings["blog_url_pattern"] = "^shop[.]test/p"
    return Setup(
        settings=settings,
        sources=draw(st.sampled_from([("app",), ("app", "site")])),
        nights=draw(st.sampled_from([3, 2, 4, 1])),
        first_by_months=draw(st.sampled_from([False, False, True])),
    )


def times(setup: Setup, anchors: tuple[datetime, ...]) -> st.SearchStrategy[datetime]:
    """Draw event times on a grid of half timeouts, off it by a microsecond now and then."""
    return st.builds(
        lambda anchor, halves, micros: (
            anchor + halves * setup.timeout / 2 + timedelta(microseconds=micros)
        ),
        st.sampled_from(anchors),
        st.integers(0, 6),
        st.sampled_from([0, 0, 0, 0, 1, -1]),
    )


def arrival_times(setup: Setup, happened: datetime) -> st.SearchStrategy[datetime]:
    """Draw when an event is received: soon, days later, before it, or in a far future."""
    hours: list[float] = [0, 0, 0, 1, 26, 24 * 40, -1, -24]
    usual = st.sampled_from([happened + timedelta(hours=one) for one in hours])
    if not setup.any_order:
        return usual
    future = datetime(2990, 1, 1, tzinfo=UTC)
    return st.integers(0, 30).flatmap(lambda n: st.just(future) if n == 30 else usual)


def written(value: str | None) -> st.SearchStrategy[str | None]:
    """Draw how an id is written: as it is, or with white space around it."""
    if value is None:
        return st.none()
    return st.sampled_from([value, value, value, value, f" {value}", f"\t{value}\n"])


@st.composite
def ids(draw: st.DrawFn, pool: tuple[str, ...], missing: int) -> str | None:
    """Draw an id of the pool, or one time in so many something that reads as none."""
    if draw(st.integers(1, missing)) == missing:
        return draw(st.sampled_from(EMPTY))
    return draw(st.sampled_from(pool).flatmap(written))


@st.composite
def contents(draw: st.DrawFn, table: str) -> Row:
    """Draw what a row says besides its ids and times."""
    if table == "aliases":
        return {}
    if table == "identifies":
        return {"email": draw(st.sampled_from(EMAILS))}
    row: Row = {"context_user_agent": draw(st.sampled_from(AGENTS))}
    row["context_ip"] = draw(st.sampled_from(ADDRESSES))
    row["context_page_url"] = draw(st.sampled_from(URLS))
    row["context_page_referrer"] = draw(st.sampled_from(REFERRERS))
    for name, value in draw(st.sampled_from(CAMPAIGNS)).items():
        row[f"context_campaign_{name}"] = value
    if table == "tracks":
        row["event"], row["event_text"] = draw(st.sampled_from(EVENTS))
    if table == "pages" and draw(st.booleans()):
        row["url"] = draw(st.sampled_from(URLS))
        row["referrer"] = draw(st.sampled_from(REFERRERS))
    return row


@st.composite
def rows(draw: st.DrawFn, setup: Setup, table: str, anchors: tuple[datetime, ...]) -> Row:
    """Draw one row of a source table."""
    happened = draw(times(setup, anchors))
    user_pool = USERS * 2 + ANONYMOUS[:2]
    row = {
        "id": f"m{draw(st.integers(0, 40))}",
        "timestamp": happened,
        "received_at": draw(arrival_times(setup, happened)),
        "user_id": draw(ids(user_pool, 2 if table in ("tracks", "pages", "screens") else 12)),
        **draw(contents(table)),
    }
    if table == "aliases":
        row["previous_id"] = draw(ids(ANONYMOUS + USERS * 3, 12))
    else:
        row["anonymous_id"] = draw(ids((*ANONYMOUS * 4, "kiosk"), 10))
    fault = draw(st.integers(1, 25))
    if fault == 25:
        row[draw(st.sampled_from(["id", "timestamp", "received_at"]))] = None
    elif fault == 24:
        row["timestamp"] = draw(
            st.sampled_from(
                [
                    datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
                    row["received_at"] + timedelta(hours=24),
                    row["received_at"] + timedelta(hours=24, microseconds=1),
                ]
            )
        )
    return row


@st.composite
def copies(
    draw: st.DrawFn, setup: Setup, original: Arrival, anchors: tuple[datetime, ...]
) -> Arrival:
    """Draw another copy of a row: the same, or with other times, content or table."""
    row, table = dict(original.row), original.table
    if draw(st.booleans()) and row["received_at"] is not None:
        step = draw(st.sampled_from([-3600, -1, 1, 3600]))
        row["received_at"] = row["received_at"] + timedelta(seconds=step)
    if draw(st.integers(0, 2)) == 0:
        row["timestamp"] = draw(times(setup, anchors))
    if draw(st.integers(0, 2)) == 0:
        row["user_id"] = draw(ids(USERS, 3))
    if draw(st.integers(0, 2)) == 0:
        events = ("tracks", "pages", "screens")
        table = draw(st.sampled_from(events if table in events else ("identifies", "aliases")))
        row = {name: value for name, value in row.items() if not name.startswith("context_")}
        for name in ("event", "event_text", "url", "referrer", "email"):
            row.pop(name, None)
        anonymous = row.pop("anonymous_id", None) or row.pop("previous_id", None)
        row.pop("previous_id", None)
        row["previous_id" if table == "aliases" else "anonymous_id"] = anonymous
        row.update(draw(contents(table)))
    return Arrival(original.source, table, row, draw(nights(setup)), draw(st.sampled_from(DELAYS)))


DELAYS = (0.0, 0.5, 12.0, 23.5)


def nights(setup: Setup) -> st.SearchStrategy[int]:
    """Draw the night before which a row arrives."""
    return st.integers(0, setup.nights - 1)


@st.composite
def histories(draw: st.DrawFn, setup: Setup) -> list[Arrival]:
    """Draw the rows of one small world, each with the night that finds it."""
    tables = ["tracks"] * 4 + ["pages"] * 4 + ["screens"] + ["identifies"] * 3 + ["aliases"] * 2
    anchors = draw(st.sampled_from(ANCHORS))
    number = draw(st.integers(2, 24))
    arrivals: list[Arrival] = []
    for table in draw(st.lists(st.sampled_from(tables), min_size=number, max_size=number)):
        arrivals.append(
            Arrival(
                source=draw(st.sampled_from(setup.sources)),
                table=table,
                row=draw(rows(setup, table, anchors)),
                night=draw(nights(setup)),
                delay_hours=draw(st.sampled_from(DELAYS)),
            )
        )
    for original in draw(st.lists(st.sampled_from(arrivals), max_size=8)):
        arrivals.append(draw(copies(setup, original, anchors)))
    return arrivals
