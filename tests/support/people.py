"""Sessions of others on a database, for what looks at them and ends them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import psycopg2.extras
from click.testing import CliRunner, Result

from runner.cli import main
from runner.embedded import EmbeddedServer
from runner.project import PROJECT_DIR
from tests.support.servers import connect, database_environment
from tests.support.waiting import eventually

Connection = psycopg2.extensions.connection

ROLES = ("people_analyst", "people_looker", "people_onlooker")
SLEEP = "select pg_sleep(600)"


class People:
    """Sessions of others on a database, and the commands that look at them."""

    def __init__(self, server: EmbeddedServer, database: str) -> None:
        self.server = server
        self.database = database
        self.admin = connect(server, database)
        self._opened: list[Connection] = [self.admin]
        self._threads: list[threading.Thread] = []

    def close(self) -> None:
        """End them all."""
        pids = [connection.info.backend_pid for connection in self._opened[1:]]
        self.value("select count(pg_terminate_backend(pid)) from unnest(%s::int[]) as pid", pids)
        for thread in self._threads:
            thread.join(20)
        for connection in self._opened:
            connection.close()

    def value(self, query: str, *parameters: object) -> Any:
        """The single value of a query."""
        with self.admin.cursor() as cursor:
            cursor.execute(query, parameters or None)
            return cursor.fetchone()[0]

    def execute(self, statement: str) -> None:
        """Run a statement as the administrator."""
        with self.admin.cursor() as cursor:
            cursor.execute(statement)

    def open(
        self, application: str = "", user: str = "postgres", database: str | None = None
    ) -> Connection:
        """A session that is idle."""
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=self.server.port,
            user=user,
            dbname=database or self.database,
            application_name=application,
        )
        connection.autocommit = True
        self._opened.append(connection)
        return connection

    def runs(self, query: str, application: str = "", user: str = "postgres", **where: Any) -> int:
        """A session in the middle of a query, or waiting for a lock; its pid."""
        connection = self.open(application, user, **where)
        pid = connection.info.backend_pid

        def run() -> None:
            with contextlib.suppress(psycopg2.Error), connection.cursor() as cursor:
                cursor.execute(query)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)
        assert eventually(lambda: self.state(pid) == "active" and self._has_settled(pid))
        return pid

    def _has_settled(self, pid: int) -> bool:
        """It waits: for a lock or for time to pass."""
        wait = "select wait_event_type from pg_stat_activity where pid = %s"
        return self.value(wait, pid) in ("Lock", "Timeout")

    def in_transaction(self, query: str, application: str = "", user: str = "postgres") -> int:
        """A session that ran a query and leaves its transaction open; its pid."""
        connection = self.open(application, user)
        connection.autocommit = False
        with connection.cursor() as cursor:
            # a test that is wrong about who waits for whom fails instead of hanging
            cursor.execute("set local lock_timeout = '5s'")
            cursor.execute(query)
        return connection.info.backend_pid

    def state(self, pid: int) -> str | None:
        """What a session does; None if there is none."""
        return self.value("select max(state) from pg_stat_activity where pid = %s", pid)

    def environment(self, **others: str | None) -> dict[str, str | None]:
        """Where the commands find the server."""
        names = ("RUNNER_PROTECT", "PGOPTIONS", "DBT_TARGET", "DBT_PROFILES_DIR", "FORCE_COLOR")
        here = database_environment(self.server, self.database)
        return {**dict.fromkeys(names), **here, **others}

    def call(self, *arguments: object, **environment: str) -> Result:
        """One command in this process, without a terminal."""
        words = [str(argument) for argument in arguments]
        result = CliRunner().invoke(main, words, env=self.environment(**environment))
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    def json(self, *arguments: object, **environment: str) -> Any:
        """What a command prints with --json."""
        return json.loads(self.call(*arguments, "--json", **environment).stdout)

    def child(self, *arguments: object, **options: Any) -> subprocess.Popen[str]:
        """One command in a process of its own."""
        environment = {**os.environ, **self.environment()}
        return subprocess.Popen(
            [sys.executable, "-m", "runner", *map(str, arguments)],
            cwd=PROJECT_DIR,
            env={name: value for name, value in environment.items() if value is not None},
            text=True,
            start_new_session=True,
            **options,
        )


def make_people(server: EmbeddedServer, database: str) -> Iterator[People]:
    """People and their roles; both are gone afterwards."""
    with closing(People(server, database)) as people:
        for role in ROLES:
            people.execute(f"create role {role} login")
        people.execute("grant pg_read_all_stats to people_onlooker")
        try:
            yield people
        finally:
            for role in ROLES:
                people.execute(f"drop owned by {role}; drop role {role}")


def one_line(text: str) -> str:
    """A text that is to be exactly one line."""
    assert text.count("\n") == 1 and text.endswith("\n"), text
    return text[:-1]
