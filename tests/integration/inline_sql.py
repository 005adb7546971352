"""The project's macros as plain SQL on a real database: rendered by dbt once, used many times."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from psycopg2 import sql

from runner.embedded import EmbeddedServer
from runner.project import PROJECT_DIR
from tests.support.servers import connect, database_environment

MARK = "\n--8<--\n"


class InlineSql:
    """One database, and dbt to render macros and load seeds for it.

    Args:
        server: a started server.
        database: the name of a database on it.
        folder: where dbt may keep its files.

    Attributes:
        macros: the rendered templates, by their names.
    """

    def __init__(self, server: EmbeddedServer, database: str, folder: Path) -> None:
        self.server = server
        self.database = database
        self.folder = folder
        self.macros: dict[str, str] = {}
        self.connection = connect(server, database)
        shutil.copy(PROJECT_DIR / "profiles.yml.example", folder / "profiles.yml")

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def dbt(self, *arguments: str) -> str:
        """What a dbt command prints.

        Raises:
            AssertionError: it failed.
        """
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PG", "DBT_"))
        }
        done = subprocess.run(
            [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", *arguments],
            env={
                **kept,
                **database_environment(self.server, self.database),
                "DBT_PROFILES_DIR": str(self.folder),
                "DBT_TARGET_PATH": str(self.folder / "target"),
                "DBT_LOG_PATH": str(self.folder / "logs"),
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            },
            cwd=PROJECT_DIR,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def render(self, templates: Mapping[str, str], variables: Mapping[str, Any]) -> dict[str, str]:
        """The SQL of several templates with these settings, by their names."""
        text = self.dbt(
            "compile", "--vars", json.dumps(variables), "--inline", MARK.join(templates.values())
        )
        return dict(zip(templates, (part.strip() for part in text.split(MARK)), strict=True))

    def execute(self, statement: str) -> None:
        """Run a statement whose rows do not matter."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement)

    def select(self, query: str, values: Sequence[tuple[Any, ...]] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query without parameters, or of one over rows ``given`` in their order.

        The query may read ``given``, whose text columns are named a, b, c ... beside ``number``.
        """
        with self.connection.cursor() as cursor:
            if values:
                names = "abcdefgh"[: len(values[0])]
                columns = ", ".join(f'"{name}" text collate "C"' for name in names)
                cursor.execute(f"create temporary table given (number int, {columns})")
                try:
                    holes = ", ".join(["%s"] * (len(names) + 1))
                    rows = [(number, *row) for number, row in enumerate(values)]
                    cursor.executemany(f"insert into given values ({holes})", rows)
                    cursor.execute(query)
                    return cursor.fetchall()
                finally:
                    cursor.execute("drop table given")
            cursor.execute(query)
            return cursor.fetchall()

    def of_each(self, expression: str, values: Sequence[tuple[Any, ...]]) -> list[Any]:
        """An expression over the columns a, b, c ... of each of these rows."""
        if not values:
            return []
        found = self.select(f"select {expression} from given order by number", values)
        return [row[0] for row in found]


class InlineServers:
    """The inline SQL of one test module, on each of the servers its tests run on.

    Args:
        name: the name of the databases; they are dropped at the end.
        templates: what to render.
        seeds: the seeds to load.
        variables: settings other than those of the project.
    """

    def __init__(
        self,
        name: str,
        templates: Mapping[str, str],
        seeds: Sequence[str] = (),
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.templates = templates
        self.seeds = seeds
        self.variables = variables or {}
        self._opened: dict[str, InlineSql] = {}
        self._stack = ExitStack()

    def __enter__(self) -> InlineServers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def on(self, server: EmbeddedServer) -> InlineSql:
        """The inline SQL on this server, made when first asked for."""
        address = str(server.env())
        if address not in self._opened:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            self._stack.enter_context(_database(server, self.name))
            opened = self._stack.enter_context(closing(InlineSql(server, self.name, folder)))
            if self.seeds:
                opened.dbt("seed", "--select", *self.seeds)
            # the databases are named alike, so their SQL is the same
            others = list(self._opened.values())
            opened.macros = (
                others[0].macros if others else opened.render(self.templates, self.variables)
            )
            self._opened[address] = opened
        return self._opened[address]


@contextmanager
def _database(server: EmbeddedServer, database: str) -> Iterator[None]:
    """A database of this name, dropped at the end."""
    name = sql.Identifier(database)
    drop = sql.SQL("drop database if exists {} with (force)").format(name)
    with closing(connect(server)) as connection, connection.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute(sql.SQL("create database {}").format(name))
        yield
        cursor.execute(drop)
