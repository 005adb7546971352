"""What the role may do where the project writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner.checks import ERROR, Finding, name
from runner.database import fetch_all, load_query
from runner.ddl import Connection
from runner.doctor.findings import well


def look(connection: Connection, schemas: Sequence[str]) -> Iterator[Finding]:
    """Whether it may make what is not there, and change what is."""
    row = fetch_all(connection, load_query("doctor_database"))[0]
    role, database = name(row["role_name"]), name(row["database_name"])
    found = list(_schemas(connection, schemas, row["may_create"], role, database))
    if not row["may_use_temporary"]:
        found.append(
            Finding(
                ERROR,
                "privileges",
                database,
                f"{role} may not make temporary tables, as dbt does",
                f"grant temporary on database {database} to {role}",
            )
        )
    yield from found
    if not found:
        yield well("privileges", database, f"{role} may make and change the project's tables")


def _schemas(
    connection: Connection, schemas: Sequence[str], may_create: bool, role: str, database: str
) -> Iterator[Finding]:
    rows = fetch_all(connection, load_query("doctor_schemas"), {"schemas": list(schemas)})
    missing = [row["schema_name"] for row in rows if not row["is_there"]]
    if missing and not may_create:
        yield Finding(
            ERROR,
            "privileges",
            database,
            f"{role} may not create the schemas {', '.join(missing)}",
            f"grant create on database {database} to {role}",
        )
    for row in rows:
        schema = name(row["schema_name"])
        if row["is_there"] and not row["may_create"]:
            yield Finding(
                ERROR,
                "privileges",
                schema,
                f"{role} may not make tables in it",
                f"grant usage, create on schema {schema} to {role}",
            )
        if row["table_of_others"] is not None:
            table = name(row["schema_name"], row["table_of_others"])
            yield Finding(
                ERROR,
                "privileges",
                table,
                f"it belongs to another role: {role} may not change it",
                f"alter table {table} owner to {role}",
            )
