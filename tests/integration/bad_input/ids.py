"""Ids that are missing, stand for nobody, are huge, or look like something else."""

from __future__ import annotations

from tests.integration.bad_input.kind import (
    Given,
    Kind,
    alias,
    given,
    identify,
    large,
    page,
    session,
    track,
)
from tests.integration.story import at

EMPTY = (
    *("", " ", "\t\n\r\f\v", "null", "NULL", " Null ", "undefined", "Undefined", "none", "None"),
    *("nan", "NaN", "0", " 0\n", "00000000-0000-0000-0000-000000000000"),
)
LARGE_ID, LARGE_VISITOR, LARGE_USER = large("id"), large("visitor"), large("user")
TWIN = large("twin")

# name, ids that are each a person of their own, stored exactly as written
AS_WRITTEN = (
    ("ids with escapes of NUL", ("a\\0b", "a\\u0000b", "a\\x00b", "a%00b", "\\000", "\\N")),
    ("ids with quotes", ("O'Brien", "'", "''", '"', '"a"', "`a`", "$$", "$a$b$a$", "E'\\''")),
    ("ids with backslashes", ("\\", "\\\\", "a\\", "\\n", "\\.")),
    (
        "ids that are SQL",
        (
            "'; drop table sessions.all_sessions; --",
            "1); delete from partitioning.app_tracks; --",
            "x' or '1'='1",
            "/* */ --",
            "null::text",
        ),
    ),
    ("ids that are Jinja", ("{{ 1 / 0 }}", "{% raw %}", "{{ ref('app_tracks') }}", "{# a #}")),
    ("ids with format signs", ("%s", "%(id)s", "%%", "{0}", ":id", "$1", "?")),
    ("ids of emoji", ("😀", "😀😀", "👩‍👩‍👧", "🏳️‍🌈")),
    ("ids from right to left", ("שלום", "مرحبا", "\u202egro.live", "abc\u202edef")),
    ("ids that look alike but are not", ("caf\u00e9", "cafe\u0301", "cafe", "CAFE\u0301")),
    ("ids with invisible signs", ("x", "x\u200b", "x\ufeff", "x\u00a0", "\u3000")),
    ("ids that differ in case", ("Visitor", "visitor", "VISITOR", "ÄRGER", "ärger")),
    ("ids with line breaks inside", ("a\nb", "a\r\nb", "a\tb", "a b")),
    ("ids that look like numbers", ("00", "007", "7", "-1", "1e5", "0x0", "0.0", "+0", "Infinity")),
    ("ids that look like lists", ("{}", "{a,b}", "(1,2)", "[]", '{"id": null}', "a,b", "a|b", "|")),
    ("ids with control signs", ("\x01", "a\x1bb", "\x7f", "\ufffd", "\U0010ffff")),
)


def kinds() -> list[Kind]:
    """All kinds of bad ids."""
    return [*_missing(), *_large(), *_written(), *_confused()]


def _missing() -> list[Kind]:
    nobody = [
        track(anonymous_id=one, user_id=other)
        for one, other in zip(EMPTY, reversed(EMPTY), strict=True)
    ]
    return [
        Kind(
            "a row of nothing",
            [Given("tracks", {"id": None})],
            rejected={"missing_id": 1},
        ),
        Kind(
            "null id",
            [track(id=None, anonymous_id="null-id"), page(id=None, user_id="null-id")],
            rejected={"missing_id": 2},
            gone=["null-id"],
        ),
        Kind("null ids of the person", [track(), page()], rejected={"missing_identity": 2}),
        Kind(
            "null received_at",
            [track(anonymous_id="no-arrival", received_at=None)],
            rejected={"missing_received_at": 1},
            gone=["no-arrival"],
        ),
        Kind(
            "null timestamp",
            [Given("pages", {"id": "no-time", "user_id": "no-time", "received_at": at()})],
            rejected={"missing_timestamp": 1},
            gone=["no-time"],
        ),
        Kind(
            "null in all that may be null",
            [given("tracks", at(), anonymous_id="bare"), given("pages", at(1), user_id="bare")],
            kept=2,
            sessions=[
                session(
                    "bare",
                    event_count=2,
                    page_view_count=1,
                    first_page_url=None,
                    source="(direct)",
                    medium="(none)",
                    channel="Direct",
                    is_paid=False,
                )
            ],
        ),
        Kind(
            "null ids of calls",
            [
                identify(),
                identify(id=None, anonymous_id="call-a", user_id="call-u"),
                identify(anonymous_id="call-a"),
                identify(user_id="call-u"),
                alias(previous_id=None, user_id=None),
                alias(previous_id="call-a", user_id=None),
                alias(previous_id=None, user_id="call-u"),
                track(anonymous_id="call-a"),
            ],
            kept=1,
            taught=4,
            ignored=3,
            sessions=[session("call-a", event_count=1)],
            gone=["call-u"],
        ),
        Kind(
            "ids that stand for nobody",
            nobody,
            rejected={"missing_identity": len(EMPTY)},
            gone=EMPTY,
        ),
        Kind(
            "ids of events that stand for nothing",
            [track(id=one, anonymous_id="no-event-id") for one in EMPTY],
            rejected={"missing_id": len(EMPTY)},
            gone=["no-event-id"],
        ),
        Kind(
            "a user id that stands for nobody beside a visitor",
            [track(number, anonymous_id="half", user_id=one) for number, one in enumerate(EMPTY)],
            kept=len(EMPTY),
            sessions=[session("half", event_count=len(EMPTY))],
        ),
        Kind(
            "a blocked id beyond ASCII",
            [track(anonymous_id=one) for one in ("ÄÖ-Kiosk", " ÄÖ-KIOSK ", "äö-kiosk")],
            kept=1,
            rejected={"missing_identity": 2},
            sessions=[session("äö-kiosk", event_count=1)],
        ),
        Kind(
            "white space around ids",
            [
                track(0, id=" spaced 1", anonymous_id=" spaced "),
                track(1, id="spaced 2\n", anonymous_id="\tspaced"),
                track(2, id="spaced 1 ", anonymous_id="spaced\r\n"),
            ],
            kept=2,
            merged=1,
            sessions=[session("spaced", event_count=2)],
        ),
    ]


def _large() -> list[Kind]:
    return [
        Kind(
            "ids of 1 MB",
            [
                page(0, id=LARGE_ID, anonymous_id=LARGE_VISITOR),
                track(1, id=LARGE_ID + "2", user_id=LARGE_USER, event="signed_up"),
                identify(2, anonymous_id=LARGE_VISITOR, user_id=LARGE_USER),
                track(0, id=LARGE_ID, anonymous_id=LARGE_VISITOR, received_at=at(1)),
            ],
            kept=2,
            merged=1,
            taught=1,
            sessions=[session(LARGE_USER, event_count=2, is_signup_session=True)],
            gone=[LARGE_VISITOR],
        ),
        Kind(
            "ids of 1 MB that differ in the last sign",
            [track(number, anonymous_id=TWIN + end) for number, end in enumerate("ab")],
            kept=2,
            sessions=[session(TWIN + end, event_count=1) for end in "ab"],
        ),
        Kind(
            "an alias of 1 MB",
            [
                alias(previous_id="to-large", user_id=large("aliased")),
                track(user_id="to-large"),
            ],
            kept=1,
            taught=1,
            sessions=[session(large("aliased"), event_count=1)],
            gone=["to-large"],
        ),
    ]


def _written() -> list[Kind]:
    found = []
    for name, ids in AS_WRITTEN:
        rows = [
            track(number, id=f"{one} of {name}", anonymous_id=one) for number, one in enumerate(ids)
        ]
        people = [session(one, event_count=1, started_at=at(n)) for n, one in enumerate(ids)]
        found.append(Kind(name, rows, kept=len(ids), sessions=people))
    return found


def _confused() -> list[Kind]:
    return [
        Kind(
            "an id linked to itself",
            [
                track(anonymous_id="self", user_id="self"),
                identify(anonymous_id="self", user_id=" self "),
                alias(previous_id="self", user_id="self"),
            ],
            kept=1,
            taught=2,
            sessions=[session("self", event_count=1)],
        ),
        Kind(
            "the user id of one is the anonymous id of another",
            [
                track(0, anonymous_id="swap-1", user_id="swap-2"),
                track(5, anonymous_id="swap-2", user_id="swap-3"),
            ],
            kept=2,
            # the first one's events lead on with the second one's link
            sessions=[session("swap-3", event_count=2)],
            gone=["swap-1", "swap-2"],
        ),
        Kind(
            "user and visitor in the wrong columns",
            [
                track(0, anonymous_id="u@x.test", user_id="wrong-cookie"),
                track(1, anonymous_id="wrong-cookie", user_id="u@x.test"),
            ],
            kept=2,
            # a cycle: its smallest id stands for both
            sessions=[session("u@x.test", event_count=2)],
            gone=["wrong-cookie"],
        ),
    ]
