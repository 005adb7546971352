"""People with more ids, links or events than anybody has."""

from __future__ import annotations

from tests.integration.bad_input.kind import Kind, alias, identify, page, session, track

USERS = 10_000
CHAIN = 1_000
RING = 100
EVENTS = 20_000


def kinds() -> list[Kind]:
    """All kinds of people who are none."""
    return [*_shared(), *_linked(), *_busy()]


def _shared() -> list[Kind]:
    return [
        Kind(
            "an anonymous id of 10,000 users",
            [
                track(0, anonymous_id="kiosk"),
                *(
                    identify(1 + number / 100, anonymous_id="kiosk", user_id=f"kiosk {number:05}")
                    for number in range(USERS)
                ),
                track(200, anonymous_id="kiosk", user_id=f"kiosk {USERS - 1:05}"),
            ],
            kept=2,
            taught=USERS,
            # the first link counts; an event with a user id belongs to that user
            sessions=[
                session("kiosk 00000", event_count=1),
                session(f"kiosk {USERS - 1:05}", event_count=1),
            ],
            gone=["kiosk"],
        ),
        Kind(
            "a user with 10,000 anonymous ids",
            [
                *(
                    identify(number / 100, anonymous_id=f"cleared {number:05}", user_id="cleared")
                    for number in range(USERS)
                ),
                page(0, anonymous_id="cleared 00000"),
                page(10, anonymous_id=f"cleared {USERS - 1:05}"),
                page(100, anonymous_id="cleared 05000"),
            ],
            kept=3,
            taught=USERS,
            sessions=[session("cleared", event_count=2), session("cleared", event_count=1)],
            gone=["cleared 00000", "cleared 05000"],
        ),
    ]


def _linked() -> list[Kind]:
    ring = [f"ring {number:03}" for number in range(RING)]
    return [
        Kind(
            "a chain of 1,000 aliases",
            [
                track(0, anonymous_id="chain 0000"),
                track(1, user_id="chain 0500"),
                *(
                    alias(2, previous_id=f"chain {number:04}", user_id=f"chain {number + 1:04}")
                    for number in range(CHAIN)
                ),
            ],
            kept=2,
            taught=CHAIN,
            sessions=[session(f"chain {CHAIN:04}", event_count=2)],
            gone=["chain 0000", "chain 0500"],
        ),
        Kind(
            "a cycle of 100 aliases, and one that leads into it",
            [
                *(
                    alias(2, previous_id=one, user_id=other)
                    for one, other in zip(ring, [*ring[1:], ring[0]], strict=True)
                ),
                alias(3, previous_id="into ring", user_id=ring[70]),
                track(0, user_id=ring[50]),
                track(1, anonymous_id="into ring"),
            ],
            kept=2,
            taught=RING + 1,
            sessions=[session(ring[0], event_count=2)],
            gone=["into ring", ring[50], ring[70]],
        ),
        Kind(
            "a chain that is closed to a cycle a night later",
            [
                alias(0, previous_id="late 3", user_id="late 2", night=1),
                alias(0, previous_id="late 2", user_id="late 1", night=1),
                track(5, anonymous_id="late 3", night=1),
                alias(9, previous_id="late 1", user_id="late 3", night=2),
            ],
            kept=1,
            taught=3,
            sessions=[session("late 1", event_count=1)],
            gone=["late 2", "late 3"],
        ),
    ]


def _busy() -> list[Kind]:
    return [
        Kind(
            "20,000 events in one session",
            [
                *(
                    page(number / 100, anonymous_id="bot", url=f"https://shop.test/{number}")
                    for number in range(EVENTS)
                ),
            ],
            kept=EVENTS,
            sessions=[
                session(
                    "bot",
                    event_count=EVENTS,
                    page_view_count=EVENTS,
                    first_page_url="https://shop.test/0",
                    last_page_url=f"https://shop.test/{EVENTS - 1}",
                )
            ],
        ),
    ]
