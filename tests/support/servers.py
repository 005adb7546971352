"""The Postgres servers that tests run on: the embedded one, and the oldest supported if found."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

import psycopg2
import psycopg2.extensions

from runner.embedded import EmbeddedServer

EMBEDDED = "18"
BIN_DIRS: dict[str, Path | None] = {
    EMBEDDED: None,
    "15": Path("/usr/lib/postgresql/15/bin"),
}
# libpq reads the environment of the process while it connects; what another thread changes under it
# ends the process
ENVIRONMENT = threading.Lock()


def available_versions() -> list[str]:
    """The versions that can be started on this machine."""
    return [
        version
        for version, bin_dir in BIN_DIRS.items()
        if bin_dir is None or (bin_dir / "postgres").exists()
    ]


def chosen_versions(choice: str | None, marked: bool) -> list[str]:
    """The versions that a test runs on.

    Args:
        choice: what ``--pg`` says.
        marked: the test is to run on all versions where nothing else is said.

    Raises:
        ValueError: the choice is not on this machine.
    """
    available = available_versions()
    if choice == "all" or (choice is None and marked):
        return available
    if choice is None:
        return [EMBEDDED]
    if choice not in available:
        raise ValueError(f"--pg {choice}: not on this machine; there is {', '.join(available)}")
    return [choice]


def make_server(version: str) -> EmbeddedServer:
    """A server of this version in a temporary folder, not yet started."""
    return EmbeddedServer(bin_dir=BIN_DIRS[version])


def database_environment(server: EmbeddedServer, database: str) -> dict[str, str]:
    """libpq's environment for one database of a started server."""
    return {**server.env(), "PGDATABASE": database}


def connect(server: EmbeddedServer, database: str = "postgres") -> psycopg2.extensions.connection:
    """A connection in autocommit mode as the superuser, in UTC."""
    environment = database_environment(server, database)
    with ENVIRONMENT:
        connection = psycopg2.connect(
            host=environment["PGHOST"],
            port=environment["PGPORT"],
            user=environment["PGUSER"],
            password=environment["PGPASSWORD"],
            dbname=database,
            options="-c timezone=UTC",
        )
    connection.autocommit = True
    return connection


def change_environment(wanted: Mapping[str, str]) -> None:
    """Make this process's environment the wanted one, while no thread of a test connects."""
    with ENVIRONMENT:
        for name in set(os.environ) - set(wanted):
            del os.environ[name]
        for name, value in wanted.items():
            if os.environ.get(name) != value:
                os.environ[name] = value
