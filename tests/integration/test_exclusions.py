"""Crawlers and insiders: marked with the reason, left out of attribution, and counted."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from runner.embedded import EmbeddedServer
from tests.integration.inline_sql import InlineServers, InlineSql
from tests.integration.story import arrive, at, begin, row, values
from tests.reference import exclusions
from tests.support.shared_data import SHARED_DATA
from tests.support.warehouse import Warehouse

AGENTS = SHARED_DATA / "bot-user-agents" / "user_agents.txt"
NETWORKS = ["10.0.0.0/8", "172.16.0.0/12", "203.0.113.7", "198.51.100.128/25", "2001:db8::/33"]
PEOPLE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Mobile/15E148 Instagram 338.0.0.0 (iPhone14,5; iOS 17_5; en_US; en; scale=3.00)",
    "Mozilla/5.0 (Linux; Android 14; SM-G991B Build/UP1A.231005.007; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.71 Mobile Safari/537.36 [FBAN/EMA;FBAV/410]",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
    "Our-App/4.12.0 Über 日本 'quoted' %_\\ ",
    "a",
    "",
)
TEMPLATES = {
    "crawler": """
with events as (
    select a as user_agent from given
),

found as (
    {{ crawler_agents('events') }}
)

select coalesce(left(a, 1000) in (select user_agent from found), false) from given order by number
""",
    "ip": "{{ is_excluded_ip('a') }}",
}


@pytest.fixture(scope="module")
def inline() -> Iterator[InlineServers]:
    settings = {"exclude_ips": NETWORKS}
    with InlineServers("exclusions", TEMPLATES, ("crawler_user_agents",), settings) as opened:
        yield opened


@pytest.fixture
def web(inline: InlineServers, server: EmbeddedServer) -> InlineSql:
    return inline.on(server)


def are_crawlers(web: InlineSql, agents: list[str | None]) -> list[bool]:
    """What the project makes of each agent, in one query."""
    return [one for (one,) in web.select(web.macros["crawler"], [(agent,) for agent in agents])]


def test_every_agent_of_the_package_is_a_crawler_and_no_browser_is(web: InlineSql) -> None:
    crawlers = [agent for one in CRAWLER_USER_AGENTS_DATA for agent in one["instances"]]
    assert len(crawlers) > 2_000
    found = are_crawlers(web, [*crawlers, *PEOPLE, None])
    assert [agent for agent, one in zip(crawlers, found, strict=False) if not one] == []
    assert found[len(crawlers) :] == [False] * (len(PEOPLE) + 1)


@pytest.mark.skipif(not AGENTS.exists(), reason="the peers' own agents are not at hand")
def test_real_agents_of_crawlers(web: InlineSql) -> None:
    agents = AGENTS.read_text(encoding="utf-8").splitlines()
    assert len(agents) > 2_000
    found = are_crawlers(web, agents)
    expected = [exclusions.is_listed_crawler(agent[:1000]) for agent in agents]
    assert found == expected
    # the rows that are left are quoted or cut in the list at hand
    assert sum(found) > 0.99 * len(agents)


def test_pieces_of_agents_read_as_every_pattern_tried_in_turn(web: InlineSql) -> None:
    drawn = random.Random(7)
    whole = [*PEOPLE, *(one["pattern"] for one in CRAWLER_USER_AGENTS_DATA)]
    agents = []
    for agent in drawn.choices(whole, k=1_500):
        start, size = drawn.randrange(len(agent) + 1), drawn.randrange(1, 40)
        agents.append(drawn.choice(["", "x", " "]) + agent[start : start + size])
    agents += [
        "x" * 996 + "curl",
        "x" * 996 + "Bot/",
        "x" * 991 + "Googlebot/",
        "x" * 990 + "Googlebot/",
    ]
    found = are_crawlers(web, agents)
    assert found == [exclusions.is_listed_crawler(agent[:1000]) for agent in agents]
    assert {True, False} == set(found)


def test_addresses_lie_in_networks_as_the_library_says(web: InlineSql) -> None:
    bytes_of_note = ["0", "1", "7", "10", "16", "31", "32", "51", "100", "113", "127", "128", "172"]
    bytes_of_note += ["198", "203", "255", "256", "010", ""]
    drawn = random.Random(11)
    addresses = [".".join(drawn.choices(bytes_of_note, k=4)) for _ in range(1_000)]
    addresses += [f"{first}.{second}.113.7" for first, second in product(bytes_of_note, repeat=2)]
    groups = ["0", "db8", "2001", "0DB8", "ffff", "7fff", "8000", "1", "", "g", "12345"]
    addresses += [":".join(drawn.choices(groups, k=drawn.randint(2, 9))) for _ in range(2_000)]
    addresses += ["2001:db8::", "2001:db8:8000::1", "2001:0DB8:0:0:0:0:0:5", "::ffff:10.1.2.3"]
    addresses += [" 10.0.0.1 ", "10.0.0.1:80", "10.0.0", "10.0.0.1/8", "'", "::", "::1", "1::", "x"]
    addresses += ["203.0.113.7", "203.0.113.70", "2001:db8::1:2", "::FFFF:203.0.113.7"]
    found = web.of_each(web.macros["ip"], [(one,) for one in addresses])
    expected = [exclusions.is_excluded_ip(one, NETWORKS) for one in addresses]
    assert [
        (one, says)
        for one, says, is_in in zip(addresses, found, expected, strict=True)
        if says is not is_in
    ] == []
    assert sum(found) > 20
    assert web.of_each(web.macros["ip"], [(None,)]) == [False]


CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
SETTINGS: dict[str, Any] = {
    "exclude_ips": ["10.0.0.0/8"],
    "exclude_hosts": ["staging.shop.test"],
    "exclude_email_domains": ["Corp.test"],
}
PAGE = "https://shop.test/"
REASONS = (
    "select alias_id, exclusion_reason from sessions.all_sessions order by alias_id, session_number"
)


def test_crawlers_and_insiders_are_marked_left_out_and_counted(warehouse: Warehouse) -> None:
    begin(warehouse)
    visits = {
        "bot": {"context_user_agent": CRAWLER},
        "human": {"context_user_agent": PEOPLE[0], "context_ip": "192.0.2.1"},
        "no agent": {"context_user_agent": None},
        "office": {"context_ip": "10.20.30.40"},
        "stage": {"url": "https://eu.staging.shop.test/"},
        "near stage": {"url": "https://mystaging.shop.test/"},
        "boss@corp.test": {},
        "lead": {},
        # the agent counts before the address
        "bot at work": {"context_user_agent": CRAWLER, "context_ip": "10.0.0.1"},
    }
    pages = [
        row(at(0), **{"anonymous_id": name, "url": PAGE, **columns})
        for name, columns in visits.items()
    ]
    # a crawler's visit and signup first, then the person's own
    pages.append(row(at(60), anonymous_id="bot", url=PAGE + "?utm_source=fb&utm_medium=cpc"))
    arrive(warehouse, "pages", pages)
    signups = [row(at(1), anonymous_id=name, event="signed_up") for name in visits]
    signups.append(row(at(61), anonymous_id="bot", event="signed_up"))
    arrive(warehouse, "tracks", signups)
    arrive(warehouse, "identifies", [row(at(2), user_id="lead", email="Lead@corp.TEST")])
    summary = warehouse.nightly(SETTINGS)
    assert values(warehouse, REASONS) == [
        ("boss@corp.test", "email_domain"),
        ("bot", "user_agent"),
        ("bot", None),
        ("bot at work", "user_agent"),
        ("human", None),
        ("lead", "email_domain"),
        ("near stage", None),
        ("no agent", None),
        ("office", "ip"),
        ("stage", "host"),
    ]
    assert values(
        warehouse,
        "select alias_id, session_count_before_signup, first_touch_source,"
        " first_attributed_touch_medium"
        " from sessions.attribution order by alias_id",
    ) == [
        ("bot", 0, "fb", "cpc"),
        ("human", 0, "(direct)", None),
        ("near stage", 0, "(direct)", None),
        ("no agent", 0, "(direct)", None),
    ]
    assert (summary.totals["sessions_excluded"], summary.totals["signups_excluded"]) == (6, 6)
    assert values(
        warehouse,
        "select exclusion_reason, count(*) from sessions.excluded_sessions group by 1 order by 1",
    ) == [("email_domain", 2), ("host", 1), ("ip", 1), ("user_agent", 2)]
    assert values(
        warehouse,
        "select session_number, is_signup_session, is_first_session, canonical_source"
        " from sessions.all_sessions where alias_id = 'bot' order by 1",
    ) == [(1, False, False, "(direct)"), (2, True, True, "facebook")]
    # all of it without the settings: nothing was lost
    off = {"exclude_user_agents": False}
    warehouse.nightly(off)
    assert values(warehouse, "select count(*) from sessions.attribution") == [(len(visits),)]
    assert values(warehouse, "select count(*) from sessions.excluded_sessions") == [(0,)]


@pytest.mark.long
def test_an_email_address_that_comes_late_or_is_taken_back(warehouse: Warehouse) -> None:
    settings = {"exclude_email_domains": ["corp.test"]}
    begin(warehouse)
    arrive(
        warehouse,
        "pages",
        [
            row(at(0), anonymous_id="a", url=PAGE),
            row(at(90), anonymous_id="a", user_id="u", url=PAGE),
        ],
    )
    warehouse.nightly(settings)
    assert values(warehouse, REASONS) == [("u", None), ("u", None)]
    # neither links two ids nor comes with an event
    said = row(at(200), id="said", user_id="u", email="u@corp.test")
    arrive(warehouse, "identifies", [said])
    warehouse.nightly(settings)
    assert values(warehouse, REASONS) == [("u", "email_domain")] * 2
    # an earlier copy of the same call says otherwise
    arrive(warehouse, "identifies", [{**said, "received_at": at(199), "email": "u@home.test"}])
    warehouse.nightly(settings)
    assert values(warehouse, REASONS) == [("u", None), ("u", None)]
