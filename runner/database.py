"""The one place that opens connections: libpq's environment decides where to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

import psycopg2
import psycopg2.extensions
import psycopg2.extras

from runner.errors import ConnectionFailed

APPLICATION_NAME = "segment_attribution runner"
NONE_LEFT = re.compile(r"too many (clients|connections)|remaining connection slots")
NOT_UP = re.compile(r"starting up|shutting down|recovery mode|not yet accepting connections")


def connect(
    autocommit: bool = True, application_name: str = APPLICATION_NAME, **options: Any
) -> psycopg2.extensions.connection:
    """Open a connection as PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE say.

    Args:
        autocommit: each statement is its own transaction.
        application_name: as others see it in pg_stat_activity.
        options: more of libpq's connection parameters.

    Raises:
        ConnectionFailed: with libpq's reason in one line.
    """
    try:
        connection = psycopg2.connect(
            host=os.environ.get("PGHOST", "localhost"),
            port=os.environ.get("PGPORT", "5432"),
            user=os.environ.get("PGUSER", "postgres"),
            password=os.environ.get("PGPASSWORD", ""),
            dbname=os.environ.get("PGDATABASE", os.environ.get("PGUSER", "postgres")),
            sslmode=os.environ.get("PGSSLMODE", "prefer"),
            connect_timeout=10,
            application_name=application_name,
            **options,
        )
    except (psycopg2.Error, UnicodeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ConnectionFailed(f"cannot connect to Postgres: {reason}; {_next(reason)}") from None
    connection.autocommit = autocommit
    return connection


def _next(reason: str) -> str:
    """What to do where a connection was not given."""
    if NONE_LEFT.search(reason):
        return "end sessions that are not needed, or raise max_connections or the role's limit"
    if NOT_UP.search(reason):
        return "start again when the server is up"
    return "check PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE"


@contextmanager
def session(autocommit: bool = True) -> Iterator[psycopg2.extensions.connection]:
    """A connection that is closed at the end, whatever happens."""
    connection = connect(autocommit)
    try:
        yield connection
    finally:
        connection.close()


def load_query(name: str) -> str:
    """The text of ``runner/queries/<name>.sql``."""
    return resources.files("runner").joinpath("queries", f"{name}.sql").read_text("utf-8")


def fetch_all(
    connection: psycopg2.extensions.connection,
    query: Any,
    parameters: Any = None,
) -> list[dict[str, Any]]:
    """Run one statement and return its rows as dictionaries."""
    with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
        cursor.execute(query, parameters)
        return [dict(row) for row in cursor.fetchall()]


def table_exists(
    connection: psycopg2.extensions.connection, schema_name: str, table_name: str
) -> bool:
    """Whether a table, a view or another relation of that name is there."""
    place = {"schema_name": schema_name, "table_name": table_name}
    return bool(fetch_all(connection, load_query("table_exists"), place)[0]["is_there"])
