"""One visitor who never rests: a session of a million events, built, extended and left alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.embedded import EmbeddedServer
from runner.embedded_settings import TEST_SETTINGS
from tests.integration.story import at, create
from tests.support.servers import connect
from tests.support.warehouse import Warehouse, Workplace

FILL = """
insert into segment.tracks (id, anonymous_id, event, "timestamp", received_at)
select
    'message-' || number,
    'restless',
    'x',
    %(start)s + make_interval(secs => number),
    %(start)s + make_interval(secs => number)
from generate_series(%(first)s, %(last)s) as number
"""


@dataclass
class Night:
    """What a night made of it.

    Attributes:
        what: what had arrived.
        seconds: of the nightly, in this process.
        faults: what is not as it should be.
    """

    what: str
    seconds: float
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = "; ".join(self.faults) or "right"
        return f"{self.what}: {self.seconds:.1f} s, {told}"


def soak(events: int, folder: Path, say: Callable[[str], None]) -> list[Night]:
    """Build a session of so many events, a second apart; then one more at its end, then none.

    Args:
        events: of the session.
        folder: for what dbt writes.
        say: prints a line.
    """
    done = []
    with EmbeddedServer(settings=TEST_SETTINGS) as server:
        with closing(connect(server)) as connection, connection.cursor() as cursor:
            cursor.execute("create database warehouse")
        with closing(Warehouse(server, "warehouse", Workplace(folder))) as warehouse:
            create(warehouse)
            counts = (("all of it", 1, events), ("one more event", events + 1, events + 1))
            for what, first, last in counts:
                warehouse.execute(FILL, {"start": at(), "first": first, "last": last})
                done.append(_night(warehouse, what, last))
                say(str(done[-1]))
            done.append(_night(warehouse, "nothing", events + 1))
            say(str(done[-1]))
    return done


def _night(warehouse: Warehouse, what: str, count: int) -> Night:
    started = time.monotonic()
    warehouse.nightly()
    night = Night(what, time.monotonic() - started)
    found: list[dict[str, Any]] = warehouse.rows(
        "select event_count, duration_seconds::float as seconds from sessions.all_sessions"
    )
    wanted = [{"event_count": count, "seconds": float(count - 1)}]
    if found != wanted:
        night.faults.append(f"{found} instead of {wanted}")
    kept = warehouse.rows("select count(*) as count from partitioning.app_tracks")[0]["count"]
    if kept != count:
        night.faults.append(f"{kept} events kept, not {count}")
    return night
