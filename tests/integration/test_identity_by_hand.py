"""Who is who in small stories: late links, earlier links, shared devices, chains and cycles."""

from __future__ import annotations

from tests.integration.story import arrive, at, begin, create, row, sessions, values
from tests.support.warehouse import Warehouse

PAGE = "https://shop.test/"
AD = "https://shop.test/?utm_source=google&utm_medium=cpc"
ATTRIBUTION = (
    "select alias_id, session_count_before_signup, first_touch_source, last_touch_source,"
    " first_attributed_touch_source, last_attributed_touch_source"
    " from sessions.attribution order by alias_id"
)


def test_an_earlier_link_takes_the_history_back(warehouse: Warehouse) -> None:
    begin(warehouse)
    arrive(warehouse, "pages", [row(at(0), url=AD, anonymous_id="a")])
    for user in ("x", "y"):
        arrive(warehouse, "tracks", [row(at(600), user_id=user, event="signed_up")])
    arrive(warehouse, "identifies", [row(at(610), anonymous_id="a", user_id="x")])
    warehouse.nightly({})
    assert values(warehouse, ATTRIBUTION) == [
        ("x", 1, "google", "(direct)", "google", "google"),
        ("y", 0, "(direct)", "(direct)", None, None),
    ]
    earlier = row(at(605), anonymous_id="a", user_id="y", received_at=at(700))
    arrive(warehouse, "identifies", [earlier])
    warehouse.nightly({})
    assert values(warehouse, ATTRIBUTION) == [
        ("x", 0, "(direct)", "(direct)", None, None),
        ("y", 1, "google", "(direct)", "google", "google"),
    ]


def test_two_users_of_one_device(warehouse: Warehouse) -> None:
    begin(warehouse)
    arrive(
        warehouse,
        "tracks",
        [
            row(at(0), anonymous_id="kiosk", event="x"),
            row(at(5), anonymous_id="kiosk", user_id="first", event="x"),
            row(at(10), anonymous_id="kiosk", user_id="second", event="x"),
            row(at(15), anonymous_id="kiosk", event="x"),
        ],
    )
    warehouse.nightly({})
    counts = [("first", at(0), at(15), 3), ("second", at(10), at(10), 1)]
    assert sessions(warehouse, "alias_id, started_at, ended_at, event_count") == counts
    warehouse.nightly({"max_users_per_anonymous_id": 1})
    assert sessions(warehouse, "alias_id, event_count") == [
        ("first", 1),
        ("kiosk", 2),
        ("second", 1),
    ]


def test_chains_end_at_their_end_and_cycles_at_the_smallest_id(warehouse: Warehouse) -> None:
    begin(warehouse)
    for name in ("a", "b", "c", "k", "m", "z"):
        arrive(warehouse, "pages", [row(at(0), url=PAGE, anonymous_id=name)])
    arrive(
        warehouse,
        "aliases",
        [
            row(at(1), previous_id="a", user_id="b"),
            row(at(2), previous_id="b", user_id="c"),
            row(at(3), previous_id="z", user_id="m"),
            row(at(4), previous_id="m", user_id="k"),
            row(at(5), previous_id="k", user_id="m"),
            row(at(6), previous_id="c", user_id=" c "),
        ],
    )
    warehouse.nightly({})
    assert values(
        warehouse, "select id, next_id, alias_id from aliasing.identity_map order by id"
    ) == [
        ("a", "b", "c"),
        ("b", "c", "c"),
        ("k", "m", "k"),
        ("m", "k", "k"),
        ("z", "m", "k"),
    ]
    assert sessions(warehouse, "alias_id, event_count") == [("c", 3), ("k", 3)]
    assert values(warehouse, "select alias_id from sessions.useful_sessions order by 1") == [
        ("c",),
        ("k",),
    ]


def test_an_alias_call_with_an_anonymous_id_links_it_too(warehouse: Warehouse) -> None:
    create(warehouse, ["tracks", "pages"])
    columns = ("id", "previous_id", "anonymous_id", "user_id")
    times = dict.fromkeys(("timestamp", "received_at"), "timestamptz")
    aliases = {**dict.fromkeys(columns, "text"), **times}
    warehouse.create_source("segment", {"aliases": aliases})
    arrive(warehouse, "pages", [row(at(0), url=PAGE, anonymous_id="device")])
    arrive(
        warehouse,
        "aliases",
        [row(at(1), previous_id="old", anonymous_id="device", user_id="new")],
    )
    warehouse.nightly({})
    assert values(
        warehouse, "select anonymous_id, user_id from aliasing.known_pairs order by 1"
    ) == [("device", "new"), ("old", "new")]
    assert sessions(warehouse, "alias_id") == [("new",)]
