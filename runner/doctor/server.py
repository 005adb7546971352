"""The server: whether it answers, what it is, its clock and its room."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from runner.checks import ERROR, NOTICE, WARNING, Finding, name
from runner.database import fetch_all, load_query
from runner.ddl import Connection
from runner.doctor.findings import size, well
from runner.errors import ConnectionFailed

OLDEST, NEWEST = 150000, 180000
# seconds
CLOCK_WARNING, CLOCK_ERROR = 5.0, 3600.0
# sessions of a run with two threads, as counted: 4 in a night, 6 in a first build by months
NEEDED_SESSIONS = 6
# of the project with its indexes, to raw tables without theirs: benchmarks/README.md
TABLES_TO_RAW = 1.2
# a margin, not measured: sorts and the write-ahead log of a first build come and go
SPARE = 1.5
# what goes wrong, and what to do about it; the first that the message holds
REMEDIES = (
    ("no password supplied", "export PGPASSWORD=..."),
    ("authentication failed", "export PGUSER=... PGPASSWORD=..."),
    ("no pg_hba.conf entry", "export PGSSLMODE=require"),
    ("role", "export PGUSER=..."),
    ("database", "export PGDATABASE=..."),
)


def address() -> str:
    """Host and port, as the environment names them."""
    return f"{os.environ.get('PGHOST', 'localhost')}:{os.environ.get('PGPORT', '5432')}"


def no_connection(error: ConnectionFailed) -> Finding:
    """Why nothing else can be looked at."""
    told = str(error).removeprefix("cannot connect to Postgres: ").partition("; check PGHOST")[0]
    # what libpq says behind the address is what is wrong
    reason = told.rpartition("failed: ")[2]
    host, _, port = address().rpartition(":")
    remedy = f"pg_isready -h {host} -p {port}"
    for word, command in REMEDIES:
        if word in reason:
            remedy = command
            break
    return Finding(
        ERROR,
        "connection",
        address(),
        f"no connection, so the database itself was not looked at: {told}",
        remedy,
    )


def look(connection: Connection) -> Iterator[Finding]:
    """What the server is."""
    before = time.time()
    row = fetch_all(connection, load_query("doctor_server"))[0]
    after = time.time()
    role, database = row["role_name"], row["database_name"]
    yield from _connection(connection, row["is_encrypted"], role, database)
    yield from _version(row["version"], row["version_number"])
    if row["is_standby"]:
        yield Finding(
            ERROR, "server", address(), "a standby: it takes no writes", "export PGHOST=..."
        )
    elif row["is_read_only"]:
        yield Finding(
            ERROR,
            "server",
            address(),
            "transactions are read-only by default: nothing can be written",
            f"alter role {name(role)} set default_transaction_read_only = off",
        )
    if row["encoding"] != "UTF8":
        yield Finding(
            WARNING,
            "server",
            database,
            f"its encoding is {row['encoding']}: text of other scripts in URLs is not read; only "
            "a new database can have another one",
            f"create database {name(database)}_utf8 encoding 'UTF8' template template0",
        )
    if row["free_sessions"] < NEEDED_SESSIONS:
        yield Finding(
            WARNING,
            "server",
            "max_connections",
            f"{max(row['free_sessions'], 0)} sessions are free now; a run takes up to "
            f"{NEEDED_SESSIONS}, with two threads",
            "alter system set max_connections = 100",
        )
    if not row["sees_others"]:
        yield Finding(
            NOTICE,
            "privileges",
            name(role),
            "it does not see the queries of other roles: locks are named by pid only in ps, locks "
            "and alerts; a night does without",
            f"grant pg_read_all_stats to {name(role)}",
        )
    yield from _clock(row["server_seconds"], before, after)


def _connection(
    connection: Connection, is_encrypted: bool, role: str, database: str
) -> Iterator[Finding]:
    host = connection.info.host or ""
    is_near = host.startswith("/") or host in ("", "localhost", "127.0.0.1", "::1")
    yield well("connection", address(), f"database {database} as role {role}")
    if not is_encrypted and not is_near:
        yield Finding(
            WARNING,
            "connection",
            address(),
            "not encrypted: who can listen on the way reads events and password",
            "export PGSSLMODE=require",
        )


def _version(version: str, number: int) -> Iterator[Finding]:
    short = version.split()[0]
    if number < OLDEST:
        yield Finding(
            ERROR,
            "version",
            "server",
            f"PostgreSQL {short}: 15 to 18 are supported",
            "pg_upgrade to PostgreSQL 18",
        )
    elif number >= NEWEST + 10000:
        yield Finding(
            WARNING,
            "version",
            "server",
            f"PostgreSQL {short}: newer than the versions that were tested, 15 to 18",
            "make test, on this version",
        )
    else:
        yield well("version", "server", f"PostgreSQL {short}; 15 to 18 are supported")


def _clock(server_seconds: float, before: float, after: float) -> Iterator[Finding]:
    """Nights go by the server's clock; the runner's stands in the log and in alerts."""
    skew = max(server_seconds - after, before - server_seconds, 0.0)
    if skew < CLOCK_WARNING:
        yield well("clock", "server", f"within {skew + after - before:.1f} s of this machine's")
        return
    yield Finding(
        ERROR if skew >= CLOCK_ERROR else WARNING,
        "clock",
        "server",
        f"{skew:,.0f} s away from this machine's: one of them is wrong; a server that is behind "
        "takes new events for events of the future and leaves them for later",
        "timedatectl set-ntp true",
    )


def disk(
    connection: Connection, schemas: Sequence[str], sources: Sequence[str]
) -> Iterator[Finding]:
    """Whether there is room for the tables."""
    row = fetch_all(connection, load_query("doctor_room"), {"schemas": list(schemas)})[0]
    raw = fetch_all(connection, load_query("source_size"), {"schemas": list(sources)})[0]["bytes"]
    tables = raw * TABLES_TO_RAW
    is_built = row["project_bytes"] > tables / 2
    needed = 0.0 if is_built else tables - row["project_bytes"]
    told = f"raw tables {size(raw)}, the project's {size(row['project_bytes'])}"
    if not is_built:
        told += f"; a first build makes about {size(tables)} of tables"
    free = _free(row["folder"], row["pid"])
    if free is None:
        yield Finding(
            NOTICE,
            "disk",
            "server",
            f"{told}; how much is free cannot be seen from here",
            "df -h /var/lib/postgresql",
        )
    elif free < needed * SPARE:
        yield Finding(
            ERROR if free < needed else WARNING,
            "disk",
            row["folder"],
            f"{told}, and sorts and the write-ahead log need room too; {size(free)} are free",
            f"df -h {row['folder']}",
        )
    else:
        yield well("disk", row["folder"], f"{told}; {size(free)} are free")
    if row["temporary_limit"] != "-1":
        yield Finding(
            WARNING,
            "disk",
            "temp_file_limit",
            f"{row['temporary_limit']}: a sort of a first build that needs more fails",
            "alter system set temp_file_limit = -1",
        )


def _free(folder: str | None, pid: int) -> int | None:
    """Free bytes; None where the disk is not this machine's, or out of sight."""
    try:
        if folder and b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return shutil.disk_usage(folder).free
    except OSError:
        pass
    return None
