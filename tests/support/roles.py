"""A server that asks for passwords, and the roles of docs/security.md on it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import psycopg2.extensions
from click.testing import CliRunner, Result
from psycopg2 import sql

from runner.cli import main
from runner.embedded import TEST_SETTINGS, EmbeddedServer
from runner.project import PROJECT_DIR
from tests.support.servers import BIN_DIRS, EMBEDDED
from tests.support.warehouse import Warehouse, segment_columns

SECURITY = PROJECT_DIR / "docs" / "security.md"
WRITER = "segment_writer"
# what a shell, a profile, a connection string or a URL could trip over
PASSWORDS = {
    "attribution": "ow ner'\"{{ env_var('PGUSER') }}\\%40@/:#$x",
    "looker": "0123456",
    "oncall": "true",
    WRITER: "segment: writes",
}


def security_sql() -> list[str]:
    """The blocks of SQL in docs/security.md, in their order."""
    return re.findall(r"^```sql\n(.*?)^```", SECURITY.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@contextmanager
def asking_server(
    lines: str = "", files: Mapping[str, Path] | None = None, version: str = EMBEDDED
) -> Iterator[EmbeddedServer]:
    """A server on which only the superuser gets in without a password.

    Args:
        lines: of pg_hba.conf, before those of its own.
        files: settings that name a file, which the server gets a copy of.
        version: which server.
    """
    server = EmbeddedServer(bin_dir=BIN_DIRS[version])
    rules = server.folder / "pg_hba.conf"
    own = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    give(server, rules, lines + own)
    asking = {"hba_file": str(rules), "password_encryption": "scram-sha-256"}
    copies = {
        name: str(give(server, server.folder / name, path.read_bytes()))
        for name, path in (files or {}).items()
    }
    server.settings = {**TEST_SETTINGS, **asking, **copies, "ssl": "on" if files else "off"}
    with server:
        yield server


def give(server: EmbeddedServer, path: Path, text: str | bytes) -> Path:
    """Write a file that the server's account alone can read."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(0o600)
    if server.account:
        os.chown(path, server.account.uid, server.account.gid)
    return path


def prepare(warehouse: Warehouse) -> None:
    """Make the source as Segment's own role, and run the SQL of docs/security.md."""
    warehouse.execute(f"create role {WRITER} login; create schema segment")
    warehouse.execute(f"alter schema segment owner to {WRITER}")
    add_source_tables(warehouse, "tracks", "identifies")
    for block in security_sql():
        warehouse.execute(block)
    for role, password in PASSWORDS.items():
        change = sql.SQL("alter role {} password {}")
        warehouse.execute(change.format(sql.Identifier(role), sql.Literal(password)))


def add_source_tables(warehouse: Warehouse, *tables: str) -> None:
    """Segment adds tables to its schema."""
    for table in tables:
        columns = ", ".join(f"{name} {kind}" for name, kind in segment_columns(table).items())
        warehouse.execute(
            f"set role {WRITER}; create table segment.{table} ({columns}); reset role"
        )


@contextmanager
def connected(warehouse: Warehouse, role: str) -> Iterator[psycopg2.extensions.connection]:
    """A connection of a role, with its password, in autocommit mode."""
    with closing(
        psycopg2.connect(
            host="127.0.0.1",
            port=warehouse.server.port,
            user=role,
            password=PASSWORDS[role],
            dbname=warehouse.database,
        )
    ) as connection:
        connection.autocommit = True
        yield connection


def call(warehouse: Warehouse, role: str, *arguments: object, **more: str) -> Result:
    """A command of the runner as a role, in this process."""
    environment = {
        **warehouse.environment(),
        "PGUSER": role,
        "PGPASSWORD": PASSWORDS[role],
        "DBT_PROFILES_DIR": str(warehouse.workplace.profiles),
        **more,
    }
    return CliRunner().invoke(main, [str(one) for one in arguments], env=environment)


def error_of(result: Result) -> str:
    """The one line that says what failed; a nightly writes its log of events beside it."""
    [line] = [one for one in result.stderr.splitlines() if not one.startswith("{")]
    return line
