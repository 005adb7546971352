"""Copies: the same id again, in one batch or later, in one table or in several."""

from __future__ import annotations

from tests.integration.bad_input.kind import (
    WEB,
    Kind,
    alias,
    identify,
    page,
    session,
    track,
)
from tests.integration.story import at


def kinds() -> list[Kind]:
    """All kinds of copies."""
    return [*_of_events(), *_of_rejects(), *_of_calls()]


def _of_events() -> list[Kind]:
    same = track(0, id="equal", anonymous_id="equal")
    return [
        Kind(
            "equal rows",
            [same, same, same],
            kept=1,
            merged=2,
            sessions=[session("equal", event_count=1)],
        ),
        Kind(
            "one id 1,000 times with different content",
            [
                track(n, id="many", anonymous_id=f"many {n:03}", received_at=at(2000 - n))
                for n in range(1000)
            ],
            kept=1,
            merged=999,
            # the one that arrived first
            sessions=[session("many 999", event_count=1, started_at=at(999))],
            gone=[f"many {n:03}" for n in range(999)],
        ),
        Kind(
            "one id twice in a batch, equal but for the person",
            [track(0, id="tie", user_id="tie-b"), track(0, id="tie", user_id="tie-a")],
            kept=1,
            merged=1,
            sessions=[session("tie-a", event_count=1)],
            gone=["tie-b"],
        ),
        Kind(
            "one id in tracks and pages",
            [
                page(0, id="both", anonymous_id="both", received_at=at(2)),
                track(0, id="both", anonymous_id="both", received_at=at(1)),
            ],
            kept=1,
            merged=1,
            sessions=[session("both", event_count=1, page_view_count=0, first_page_url=None)],
        ),
        Kind(
            "one id in two sources",
            [
                track(0, id="sources", anonymous_id="sources"),
                track(1, id="sources", anonymous_id="sources", source=WEB),
            ],
            kept=2,
            sessions=[session("sources", event_count=2)],
        ),
        Kind(
            "one id in different spelling",
            [
                track(0, id="Spelt", anonymous_id="spelt"),
                track(1, id="spelt", anonymous_id="spelt"),
                track(2, id=" spelt", anonymous_id="spelt"),
            ],
            kept=2,
            merged=1,
            sessions=[session("spelt", event_count=2)],
        ),
        Kind(
            "a better copy a night later, of another person",
            [
                track(60, id="moves", user_id="moves-old", received_at=at(90), night=1),
                track(61, id="moves", user_id="moves-new", received_at=at(80), night=2),
                track(62, id="moves", user_id="moves-late", received_at=at(95), night=3),
            ],
            kept=1,
            merged=2,
            sessions=[session("moves-new", event_count=1, started_at=at(61))],
            gone=["moves-old", "moves-late"],
        ),
    ]


def _of_rejects() -> list[Kind]:
    reject = track(0, id=None, anonymous_id="twice-bad")
    return [
        Kind(
            "equal rows that cannot be used",
            [reject, reject],
            rejected={"missing_id": 2},
            gone=["twice-bad"],
        ),
        Kind(
            "an equal row that cannot be used, a night later",
            [
                track(0, id="again", anonymous_id="again", received_at=None, timestamp=at()),
                track(0, id="again", anonymous_id="again", received_at=None, night=3),
            ],
            rejected={"missing_received_at": 2},
        ),
        Kind(
            "copies of which one cannot be used",
            [
                track(0, id="half-bad", anonymous_id="half-bad", timestamp=None),
                track(1, id="half-bad", anonymous_id="half-bad"),
                track(2, id="half-bad", anonymous_id=None),
            ],
            kept=1,
            rejected={"missing_timestamp": 1, "missing_identity": 1},
            sessions=[session("half-bad", event_count=1, started_at=at(1))],
        ),
        Kind(
            "a link in a row that cannot be used",
            [
                track(0, id=None, anonymous_id="untaught", user_id="untaught-user"),
                track(1, anonymous_id="untaught"),
            ],
            kept=1,
            rejected={"missing_id": 1},
            sessions=[session("untaught", event_count=1)],
            gone=["untaught-user"],
        ),
    ]


def _of_calls() -> list[Kind]:
    return [
        Kind(
            "one id in identifies and aliases",
            [
                identify(0, id="call", anonymous_id="call-v", user_id="call-w", received_at=at(2)),
                alias(0, id="call", previous_id="call-v", user_id="call-x", received_at=at(1)),
                track(1, anonymous_id="call-v"),
            ],
            kept=1,
            taught=1,
            copies=1,
            sessions=[session("call-x", event_count=1)],
            gone=["call-v", "call-w"],
        ),
        Kind(
            "one id of an event and a call",
            [
                track(0, id="shared-id", anonymous_id="shared-v"),
                identify(0, id="shared-id", anonymous_id="shared-v", user_id="shared-u"),
            ],
            kept=1,
            taught=1,
            sessions=[session("shared-u", event_count=1)],
            gone=["shared-v"],
        ),
        Kind(
            "calls with times that cannot be",
            [
                identify(0, anonymous_id="wild", user_id="wild-1", timestamp="infinity"),
                identify(0, anonymous_id="wild", user_id="wild-2", timestamp=None),
                alias(0, previous_id="wild", user_id="wild-3", received_at=None),
                alias(0, previous_id="wild", user_id="wild-4", timestamp="0001-01-01 00:00+00"),
                track(1, anonymous_id="wild"),
            ],
            kept=1,
            ignored=4,
            sessions=[session("wild", event_count=1)],
            gone=["wild-1", "wild-2", "wild-3", "wild-4"],
        ),
    ]
