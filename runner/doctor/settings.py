"""Settings of the server that hurt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runner.checks import WARNING, Finding, name
from runner.database import fetch_all, load_query
from runner.ddl import Connection
from runner.doctor.findings import well

MEGABYTE = 2**20
HOUR = 3_600_000


@dataclass(frozen=True)
class Floor:
    """The least that a setting should be.

    Attributes:
        amount: bytes.
        wanted: as Postgres takes it.
        why: what a smaller one does.
        is_of_role: a role may have its own; else it is the server's.
    """

    amount: float
    wanted: str
    why: str
    is_of_role: bool


FLOORS = {
    "work_mem": Floor(
        16 * MEGABYTE,
        "64MB",
        "sorts of a night go to disk; a first build by months sets its own (build_memory)",
        True,
    ),
    "maintenance_work_mem": Floor(
        128 * MEGABYTE, "512MB", "indexes are built in more passes over the disk", True
    ),
    "max_wal_size": Floor(
        4096 * MEGABYTE,
        "8GB",
        "a first build meets checkpoint after checkpoint, and writes pages in full after each",
        False,
    ),
}
# what must be on, and what its absence does
SWITCHES = {
    "autovacuum": "dead rows and old statistics pile up: each night is slower than the last",
    "track_counts": "autovacuum does nothing without it",
    "fsync": "a crash of the machine can destroy the database",
    "full_page_writes": "a crash of the machine can destroy the database",
}
# statements of a first build take hours at 800 million events
LIMITS = ("statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout")


def look(connection: Connection) -> Iterator[Finding]:
    """Each setting that is not as a night needs it."""
    names = [*FLOORS, *SWITCHES, *LIMITS]
    rows = fetch_all(connection, load_query("doctor_settings"), {"names": names})
    found = {row["name"]: row for row in rows}
    role = name(connection.info.user)
    findings = [*_floors(found, role), *_switches(found), *_limits(found, role)]
    yield from findings
    if not findings:
        told = ", ".join(f"{one} {found[one]['shown']}" for one in (*FLOORS, "autovacuum"))
        yield well("settings", "server", told)


def _floors(found: Mapping[str, Mapping[str, Any]], role: str) -> Iterator[Finding]:
    for setting, floor in FLOORS.items():
        row = found[setting]
        if row["amount"] >= floor.amount:
            continue
        command = (
            f"alter role {role} set {setting} = '{floor.wanted}'"
            if floor.is_of_role
            else _of_server(setting, floor.wanted)
        )
        yield Finding(WARNING, "settings", setting, f"{row['shown']}: {floor.why}", command)


def _switches(found: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    for setting, why in SWITCHES.items():
        if found[setting]["shown"] != "on":
            yield Finding(WARNING, "settings", setting, f"off: {why}", _of_server(setting, "on"))


def _limits(found: Mapping[str, Mapping[str, Any]], role: str) -> Iterator[Finding]:
    for setting in LIMITS:
        # the transaction's limit is not known to older servers
        row = found.get(setting)
        if row is not None and 0 < row["amount"] < HOUR:
            yield Finding(
                WARNING,
                "settings",
                setting,
                f"{row['shown']}: it ends what a first build needs longer for",
                f"alter role {role} set {setting} = 0",
            )


def _of_server(setting: str, value: str) -> str:
    return f"alter system set {setting} = '{value}'; select pg_reload_conf()"
