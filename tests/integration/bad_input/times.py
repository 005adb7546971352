"""Times that are missing their zone, off by years, at the ends of the calendar, or infinite."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.integration.bad_input.kind import APP, WEB, Given, Kind, session, track
from tests.integration.story import NOON, at

FUTURE = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3653)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
MILLENNIUM = datetime(2000, 1, 1, tzinfo=UTC)
# Python's calendar has no such time; the server's has
LAST, FIRST = "294276-12-31 23:59:59.999999+00", "4713-01-01 00:00:00+00 BC"


def kinds() -> list[Kind]:
    """All kinds of bad times."""
    return [*_infinite(), *_far(), *_edges(), *_arrival()]


def timed(
    who: str, timestamp: object, received_at: object, source: str = APP, night: int = 2
) -> Given:
    """A track of this visitor with these two times."""
    times = {"timestamp": timestamp, "received_at": received_at}
    return track(anonymous_id=who, source=source, night=night, **times)


def _infinite() -> list[Kind]:
    return [
        Kind(
            "infinite timestamp",
            [timed("endless", "infinity", at()), timed("endless", "infinity", "infinity")],
            rejected={"timestamp_after_received_at": 1, "timestamp_out_of_range": 1},
            gone=["endless"],
        ),
        Kind(
            "timestamp of minus infinity",
            [timed("endless", "-infinity", at()), timed("endless", "-infinity", "-infinity")],
            rejected={"timestamp_before_2000": 2},
        ),
        Kind(
            "infinite received_at",
            [timed("never-arrives", at(), "infinity")],
            kept=1,
            sessions=[session("never-arrives", started_at=at())],
        ),
        Kind(
            "received_at of minus infinity",
            [timed("endless", at(), "-infinity")],
            rejected={"timestamp_after_received_at": 1},
        ),
    ]


def _far() -> list[Kind]:
    year_9999 = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    return [
        Kind(
            "year 1",
            [
                timed("ancient", datetime(1, 1, 1, tzinfo=UTC), at()),
                timed("ancient", datetime(1, 1, 2, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)),
                timed("ancient", at(), datetime(1, 1, 1, tzinfo=UTC)),
            ],
            rejected={"timestamp_before_2000": 2, "timestamp_after_received_at": 1},
            gone=["ancient"],
        ),
        Kind(
            "years before our era",
            [timed("ancient", FIRST, at()), timed("ancient", FIRST, FIRST)],
            rejected={"timestamp_before_2000": 2},
        ),
        Kind(
            "year 1970, a clock that was never set",
            [timed("unset", datetime(1970, 1, 1, tzinfo=UTC), at())],
            rejected={"timestamp_before_2000": 1},
            gone=["unset"],
        ),
        Kind(
            "year 9999",
            [timed("ahead", year_9999, at())],
            rejected={"timestamp_after_received_at": 1},
            gone=["ahead"],
        ),
        Kind(
            "year 9999 in both times",
            [timed("far", year_9999, year_9999)],
            kept=1,
            sessions=[session("far", started_at=year_9999, ended_at=year_9999)],
        ),
        Kind(
            "the last year the server knows",
            [timed("last", LAST, at()), timed("last", LAST, LAST)],
            rejected={"timestamp_after_received_at": 1, "timestamp_out_of_range": 1},
            gone=["last"],
        ),
        Kind(
            "received in the last year the server knows",
            [timed("late", at(), LAST)],
            kept=1,
            sessions=[session("late", started_at=at())],
        ),
        Kind(
            "four years ahead",
            [timed("early", NOON + 1461 * DAY, at())],
            rejected={"timestamp_after_received_at": 1},
            gone=["early"],
        ),
        Kind(
            "twenty years late",
            [timed("slow", NOON - 7305 * DAY, at())],
            kept=1,
            sessions=[session("slow", started_at=NOON - 7305 * DAY)],
        ),
    ]


def _edges() -> list[Kind]:
    return [
        Kind(
            "24 hours ahead, and a microsecond more",
            [
                timed("day-ahead", at() + DAY, at()),
                timed("day-ahead", at() + DAY + MICROSECOND, at()),
            ],
            kept=1,
            rejected={"timestamp_after_received_at": 1},
            sessions=[session("day-ahead", started_at=at() + DAY, event_count=1)],
        ),
        Kind(
            "the first moment of 2000, and a microsecond less",
            [
                timed("millennium", MILLENNIUM, MILLENNIUM, night=1),
                timed("millennium", MILLENNIUM - MICROSECOND, MILLENNIUM, night=1),
            ],
            kept=1,
            rejected={"timestamp_before_2000": 1},
            sessions=[session("millennium", started_at=MILLENNIUM, event_count=1)],
        ),
        Kind(
            "times without zone",
            [
                # the hour that a change of clocks leaves out, and the one that it repeats
                timed("zoneless", "2024-03-10 02:30:00", "2024-03-10 02:30:01", WEB),
                timed("zoneless", "2024-11-03 01:30:00", "2024-11-03 01:30:01", WEB),
                timed("zoneless", "infinity", "infinity", WEB),
                timed("zoneless", LAST[:-3], LAST[:-3], WEB),
            ],
            kept=2,
            rejected={"timestamp_out_of_range": 2},
            sessions=[
                session("zoneless", started_at=datetime(2024, 3, 10, 2, 30, tzinfo=UTC)),
                session("zoneless", started_at=datetime(2024, 11, 3, 1, 30, tzinfo=UTC)),
            ],
        ),
        Kind(
            "1,000 events in one moment",
            [track(anonymous_id="at-once", id=f"at-once {n:04}") for n in range(1000)],
            kept=1000,
            sessions=[session("at-once", event_count=1000, duration_seconds=0)],
        ),
        Kind(
            "events a microsecond over the timeout apart",
            [
                timed("apart", at(), at()),
                timed("apart", at(20), at(20)),
                timed("apart", at(40) + MICROSECOND, at(41)),
            ],
            kept=3,
            sessions=[
                session("apart", event_count=2, ended_at=at(20)),
                session("apart", event_count=1, ended_at=at(40) + MICROSECOND),
            ],
        ),
    ]


def _arrival() -> list[Kind]:
    """In a table of their own: what others say of their arrival would move the cursor."""

    def screen(who: str, night: int, timestamp: datetime, received_at: datetime) -> Given:
        columns = {"id": f"{who} {night}", "anonymous_id": who}
        times = {"timestamp": timestamp, "received_at": received_at}
        return Given("screens", {**columns, **times}, night=night)

    return [
        Kind(
            "a future received_at",
            [
                screen("future", 1, at(), at(1)),
                screen("future", 2, at(60), FUTURE),
                # two days on: beyond the overlap of a cursor that had gone to the future
                screen("future", 3, at(days=2), at(days=2)),
            ],
            kept=3,
            sessions=[
                session("future", started_at=at()),
                session("future", started_at=at(60)),
                session("future", started_at=at(days=2)),
            ],
        ),
    ]
