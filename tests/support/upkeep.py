"""A built warehouse to break, others who use it meanwhile, and the commands that look after it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import psycopg2.extensions
from click.testing import CliRunner, Result

from runner.cli import main
from runner.embedded import EmbeddedServer
from runner.partitions import Month
from tests.integration.story import arrive, create, row
from tests.support.servers import connect
from tests.support.waiting import eventually
from tests.support.warehouse import OUTPUT_SCHEMAS, Warehouse

Connection = psycopg2.extensions.connection

SCHEMAS = list(OUTPUT_SCHEMAS)
TEMPLATE = "built_warehouse"
BUILT: set[EmbeddedServer] = set()


def months_ago(number: int) -> Month:
    """A month counted back from the current one."""
    return Month.of(datetime.now(UTC)).plus(-number)


def middle(month: Month) -> datetime:
    """A moment in the middle of a month."""
    return datetime(month.year, month.number, 15, 12, tzinfo=UTC)


def build(warehouse: Warehouse) -> None:
    """Let the warehouse be as after a night that read events of this month and two and four back.

    The night runs once a server; then the database is a copy of the one it left.
    """
    if warehouse.server in BUILT:
        warehouse.start_from(TEMPLATE)
        return
    create(warehouse)
    arrive(warehouse, "tracks", [signup(months_ago(back)) for back in (0, 2, 4)])
    warehouse.nightly()
    warehouse.keep_as(TEMPLATE)
    BUILT.add(warehouse.server)


def signup(month: Month) -> dict[str, Any]:
    """A signup in the middle of a month, by somebody new; not in the future."""
    moment = min(middle(month), datetime.now(UTC))
    person = {"anonymous_id": f"a{month.suffix}", "user_id": f"u{month.suffix}"}
    return row(moment, **person, event="signed_up", context_page_url="https://shop.test/")


def leaves(warehouse: Warehouse, table: str) -> set[str]:
    """Names of the partitions of a table that queries see."""
    found = warehouse.rows(
        "select inhrelid::regclass::text as name from pg_inherits"
        " where inhparent = %s::regclass and not inhdetachpending",
        (table,),
    )
    return {one["name"].rpartition(".")[2] for one in found}


def invalid_indexes(warehouse: Warehouse) -> set[str]:
    """Names of all indexes that are not valid."""
    found = warehouse.rows(
        "select relname from pg_index join pg_class on pg_class.oid = indexrelid"
        " where not (indisvalid and indisready and indislive)"
    )
    return {one["relname"] for one in found}


def invoke(warehouse: Warehouse, *arguments: str) -> Result:
    """Run a command of the runner on this warehouse, in this process."""
    return CliRunner().invoke(main, arguments, env=environment(warehouse))


def environment(warehouse: Warehouse) -> dict[str, str]:
    """The environment of a command that is to reach this warehouse."""
    return {**warehouse.environment(), "DBT_PROFILES_DIR": str(warehouse.workplace.profiles)}


@contextlib.contextmanager
def another(warehouse: Warehouse) -> Iterator[Connection]:
    """Someone else's connection, in autocommit mode."""
    with closing(connect(warehouse.server, warehouse.database)) as connection:
        yield connection


@contextlib.contextmanager
def open_transaction(
    warehouse: Warehouse, statement: str, isolation: str = "read committed"
) -> Iterator[Callable[[], None]]:
    """Someone keeps a transaction open after a statement; call what is given to let him end it."""
    with another(warehouse) as connection, connection.cursor() as cursor:
        cursor.execute(f"begin isolation level {isolation}")
        cursor.execute(statement)
        yield lambda: cursor.execute("rollback")


class Probe:
    """Someone who reads again and again, and notes how long the slowest answer took."""

    def __init__(self, warehouse: Warehouse, query: str) -> None:
        self.slowest = 0.0
        self.count = 0
        self._ended = threading.Event()
        self._connection = connect(warehouse.server, warehouse.database)
        self._thread = threading.Thread(target=self._read, args=(query,), daemon=True)

    def __enter__(self) -> Probe:
        self._thread.start()
        assert eventually(lambda: self.count > 0)
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join(30)
        self._connection.close()

    def _read(self, query: str) -> None:
        with self._connection.cursor() as cursor:
            while not self._ended.is_set():
                started = time.monotonic()
                cursor.execute(query)
                self.slowest = max(self.slowest, time.monotonic() - started)
                self.count += 1
                self._ended.wait(0.02)
