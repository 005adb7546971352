"""A warehouse in the middle of its nights, and what its log and its server say of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import psycopg2.extensions

from runner.embedded import EmbeddedServer
from tests.support.servers import connect
from tests.support.waiting import eventually
from tests.support.warehouse import Warehouse

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
PATIENCE = 60.0
TEMPLATE = "run_template"
SESSIONS = "select count(*) from sessions.all_sessions"
KEPT: set[EmbeddedServer] = set()


def rows_of_day(day: int, people: int = 3) -> list[dict[str, Any]]:
    """A page view a person and day."""
    moment = START + timedelta(days=day)
    return [
        {
            "id": f"{day}-{person}",
            "anonymous_id": f"a{person}",
            "event": "page_viewed",
            "timestamp": moment,
            "received_at": moment + timedelta(minutes=1),
            "context_page_url": "https://shop.test/",
        }
        for person in range(people)
    ]


def built_with_a_day(warehouse: Warehouse) -> Warehouse:
    """One day is taken in and a second one waits; made once for a server."""
    if warehouse.server not in KEPT:
        warehouse.create_source()
        # a night gives every table the months of its batch; a build only those it has rows in
        warehouse.nightly()
        warehouse.insert("segment", "tracks", rows_of_day(0))
        warehouse.nightly()
        warehouse.insert("segment", "tracks", rows_of_day(1))
        warehouse.keep_as(TEMPLATE)
        KEPT.add(warehouse.server)
    else:
        warehouse.start_from(TEMPLATE)
    return warehouse


def attempts(warehouse: Warehouse, step: str) -> list[dict[str, Any]]:
    """The attempts of a step of the last run, in order."""
    return warehouse.rows(
        "select * from ops.steps where step_name = %s and run_id ="
        " (select run_id from ops.runs order by started_at desc limit 1) order by step_number",
        (step,),
    )


def last_run(warehouse: Warehouse) -> dict[str, Any]:
    """The last run."""
    return warehouse.rows("select * from ops.runs order by started_at desc limit 1")[0]


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Poll until it holds."""
    assert eventually(condition, PATIENCE), f"not within {PATIENCE:.0f} s: {what}"


def backends(warehouse: Warehouse, pattern: str) -> list[int]:
    """Sessions on the warehouse's database whose application name is like this."""
    found = warehouse.rows(
        "select pid from pg_stat_activity where datname = current_database()"
        " and application_name like %s",
        (pattern,),
    )
    return [row["pid"] for row in found]


@contextmanager
def locked(warehouse: Warehouse, statement: str) -> Iterator[psycopg2.extensions.connection]:
    """Another session with a transaction open that has run this."""
    with closing(connect(warehouse.server, warehouse.database)) as other:
        other.autocommit = False
        with other.cursor() as cursor:
            cursor.execute(statement)
        yield other
        # it may have been terminated
        with suppress(psycopg2.Error):
            other.rollback()


def terminate(warehouse: Warehouse, condition: str) -> None:
    """Terminate the first sessions that fulfil it, as soon as there are any."""
    with closing(connect(warehouse.server, warehouse.database)) as other, other.cursor() as cursor:

        def is_done() -> bool:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where "
                + condition.replace("%%", "%")
            )
            return cursor.fetchone() is not None

        wait_for(is_done, "there is someone to terminate")


def is_waiting(connection: psycopg2.extensions.connection) -> bool:
    """Whether one of the run's sessions waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
            " and application_name like 'segment_attribution %'"
        )
        return cursor.fetchone() is not None
