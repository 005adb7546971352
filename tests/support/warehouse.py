"""One database with a Segment source in it, and the ways to run the project on it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg2.extras
from psycopg2 import sql

from runner.embedded import EmbeddedServer
from runner.nightly import NightlyOptions, run_nightly
from runner.project import PROJECT_DIR, Outcome, Project
from runner.summary import NightSummary
from runner.watching import Watchers
from tests.support.servers import change_environment, connect, database_environment

Row = dict[str, Any]

SNAPSHOT_TABLES = (
    "partitioning.app_tracks",
    "partitioning.rejected_events",
    "aliasing.known_pairs",
    "aliasing.identity_map",
    "sessions_stages.identity_sessions",
    "sessions.all_sessions",
    "sessions.useful_sessions",
    "sessions.excluded_sessions",
    "sessions.attribution",
    "reporting.touch_credit",
    "reporting.signup_activity",
)
# what the BI tool may read
READABLE_SCHEMAS = (
    *("partitioning", "aliasing", "sessions_stages", "sessions", "reporting", "reference", "ops"),
)
OUTPUT_SCHEMAS = (*READABLE_SCHEMAS, "privacy")
TIMES = ("timestamp", "received_at", "sent_at", "original_timestamp", "uuid_ts")
CONTEXT = tuple(
    f"context_{name}"
    for name in (
        *("page_url", "page_path", "page_title", "page_referrer", "page_search"),
        *("campaign_source", "campaign_medium", "campaign_name", "campaign_term"),
        *("campaign_content", "ip", "user_agent", "locale", "timezone"),
        *("library_name", "library_version"),
    )
)
OWN_COLUMNS: dict[str, tuple[str, ...]] = {
    "tracks": ("anonymous_id", "user_id", "event", "event_text"),
    "pages": ("anonymous_id", "user_id", "name", "url", "path", "title", "search", "referrer"),
    "screens": ("anonymous_id", "user_id", "name"),
    "identifies": ("anonymous_id", "user_id", "email"),
    "aliases": ("previous_id", "user_id"),
}


def segment_columns(table: str) -> dict[str, str]:
    """The columns of a table as Segment makes it, with their types."""
    return {
        "id": "text",
        **dict.fromkeys(OWN_COLUMNS[table], "text"),
        **dict.fromkeys(TIMES, "timestamptz"),
        **dict.fromkeys(CONTEXT, "text"),
    }


class Workplace:
    """What the warehouses of one process share: a profile and a project that is parsed once."""

    def __init__(self, folder: Path) -> None:
        self.profiles = folder / "profiles"
        self.profiles.mkdir()
        shutil.copy(PROJECT_DIR / "profiles.yml.example", self.profiles / "profiles.yml")
        self.state = folder / "target"
        self.project = Project(state=self.state)


class Warehouse:
    """A database on a real server.

    Args:
        server: a started server.
        database: the name of a database on it, there already.
        workplace: profile and project.
    """

    def __init__(self, server: EmbeddedServer, database: str, workplace: Workplace) -> None:
        self.server = server
        self.database = database
        self.workplace = workplace
        self.connection = connect(server, database)

    def close(self) -> None:
        """Close the connection that ``rows`` and ``execute`` use."""
        self.connection.close()

    # -- the source ------------------------------------------------------------------------

    def create_source(
        self,
        schema: str = "segment",
        tables: Mapping[str, Mapping[str, str]] | Iterable[str] = tuple(OWN_COLUMNS),
        drop_columns: Iterable[str] = (),
        types: Mapping[str, str] | None = None,
    ) -> None:
        """Make tables of a Segment source, empty.

        Args:
            schema: made if it is not there.
            tables: columns and types by table; or just names, for the columns Segment makes.
            drop_columns: columns to leave out of every table.
            types: other types by column.
        """
        named = (
            tables
            if isinstance(tables, Mapping)
            else {table: segment_columns(table) for table in tables}
        )
        left_out, types = set(drop_columns), types or {}
        self.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
        for table, columns in named.items():
            parts = [
                sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(types.get(name, data_type)))
                for name, data_type in columns.items()
                if name not in left_out
            ]
            statement = sql.SQL("create table {} ({})")
            self.execute(statement.format(sql.Identifier(schema, table), sql.SQL(", ").join(parts)))

    def insert(self, schema: str, table: str, rows: Sequence[Row]) -> None:
        """Insert rows in their order; a column that a row lacks is null."""
        if not rows:
            return
        columns = list(dict.fromkeys(name for row in rows for name in row))
        statement = sql.SQL("insert into {} ({}) values %s").format(
            sql.Identifier(schema, table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self.connection.cursor() as cursor:
            psycopg2.extras.execute_values(
                cursor,
                # a sign of formats in a column's name is none
                statement.as_string(cursor).replace("%", "%%").replace("%%s", "%s"),
                [tuple(row.get(name) for name in columns) for row in rows],
                page_size=1000,
            )

    # -- the project -----------------------------------------------------------------------

    @contextlib.contextmanager
    def in_environment(self) -> Iterator[None]:
        """This process's environment is meanwhile that of a run on this database."""
        before = dict(os.environ)
        wanted = self.environment()
        try:
            change_environment({**wanted, "DBT_PROFILES_DIR": str(self.workplace.profiles)})
            yield
        finally:
            change_environment(before)

    def environment(self) -> dict[str, str]:
        """An environment for a child process that is to reach this database."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PG", "DBT_"))
        }
        return {
            **kept,
            **database_environment(self.server, self.database),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            # what this process has parsed it need not parse again
            "DBT_TARGET_PATH": str(self.workplace.state),
        }

    def dbt(self, arguments: Sequence[str], variables: Mapping[str, Any] | None = None) -> Outcome:
        """Run a dbt command on this database, in this process.

        Raises:
            RunnerError: it failed; the line says why.
        """
        with self.in_environment():
            return self.workplace.project.invoke(arguments, variables)

    def rebuild(self, variables: Mapping[str, Any] | None = None) -> Outcome:
        """Build all tables anew with dbt alone, to compare with; without its tests, which take
        longer than the models here.

        Raises:
            RunnerError: it failed; the line says why.
        """
        command = ["build", "--full-refresh"]
        command += ["--exclude", "resource_type:test", "resource_type:unit_test"]
        return self.dbt(command, variables)

    def nightly(
        self,
        variables: Mapping[str, Any] | None = None,
        watchers: Watchers | None = None,
        **options: Any,
    ) -> NightSummary:
        """Run a night on this database, in this process.

        Raises:
            RunnerError: it failed; the line says why.
        """
        with self.in_environment():
            return run_nightly(
                NightlyOptions(variables=variables or {}, **options),
                project=self.workplace.project,
                watchers=watchers,
            )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command of the runner on this database, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "runner", *arguments],
            cwd=PROJECT_DIR,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    # -- what is in it ---------------------------------------------------------------------

    def execute(self, statement: Any, parameters: Any = None) -> None:
        """Run a statement whose rows do not matter."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, parameters)

    def rows(self, query: str, parameters: Any = None) -> list[Row]:
        """The rows of a query, or of a table given by its name."""
        if query.replace(".", "").replace("_", "").isalnum():
            query = f"select * from {query}"
        with self.connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(query, parameters)
            return [dict(row) for row in cursor.fetchall()]

    def snapshot(self, tables: Iterable[str] = SNAPSHOT_TABLES) -> dict[str, list[Row]]:
        """All rows of the tables whose content the contract fixes, sorted."""
        return {table: sorted(self.rows(table), key=_sort_key) for table in tables}

    # -- the same start for many tests -----------------------------------------------------

    def keep_as(self, template: str) -> None:
        """Keep the database as it is under another name, to start from it again."""
        self._copy(self.database, template)

    def start_from(self, template: str) -> None:
        """Replace the database by what was kept."""
        self._copy(template, self.database)

    def _copy(self, origin: str, copy: str) -> None:
        # nobody may be connected to what is copied
        self.connection.close()
        with contextlib.closing(connect(self.server)) as other, other.cursor() as cursor:
            name = sql.Identifier(copy)
            cursor.execute(sql.SQL("drop database if exists {} with (force)").format(name))
            statement = sql.SQL("create database {} template {}")
            cursor.execute(statement.format(name, sql.Identifier(origin)))
        self.connection = connect(self.server, self.database)

    # -- starting over ---------------------------------------------------------------------

    def drop_outputs(self) -> None:
        """Drop all the project made; the source stays."""
        self._drop(name for name in self._schemas() if name.endswith(OUTPUT_SCHEMAS))

    def reset(self) -> None:
        """Empty the database."""
        self._drop(self._schemas())

    def _schemas(self) -> list[str]:
        found = self.rows(
            "select nspname from pg_namespace"
            " where nspname !~ '^pg_' and nspname not in ('public', 'information_schema')"
        )
        return [row["nspname"] for row in found]

    def _drop(self, schemas: Iterable[str]) -> None:
        for name in schemas:
            self.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(name)))


def _sort_key(row: Row) -> list[str]:
    return [str(value) for _, value in sorted(row.items())]
