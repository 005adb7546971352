"""All that a first run needs, looked over: what is well, what is not, and what mends it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2

from runner import database, ddl
from runner.checks import ERROR, NOTICE, SEVERITIES, Finding
from runner.doctor import privileges, server, settings, source, surroundings
from runner.doctor.findings import OK
from runner.errors import ConnectionFailed

__all__ = ["OK", "ORDER", "examine"]

ORDER = (*SEVERITIES, OK)
# a locked table or a slow look is no reason to wait
LONGEST_LOOK = "10s"


def examine() -> list[Finding]:
    """Look everything over, as the environment and dbt_project.yml say; nothing is changed.

    Returns:
        A finding for each thing looked at, in the order of the work: severity ok, notice, warning
        or error. What cannot be asked without a connection is left out.
    """
    plan = surroundings.read_project()
    found = [*plan.findings]
    try:
        with database.session() as connection:
            found += _ask(connection, plan)
    except ConnectionFailed as error:
        found.append(server.no_connection(error))
    except psycopg2.OperationalError as error:
        why = f"the connection was lost: {ddl.reason(error)}"
        found.append(Finding(ERROR, "connection", server.address(), why, "python -m runner doctor"))
    # a schema that may not be used is found with each of its tables
    return list(dict.fromkeys([*found, *surroundings.alerts(), *surroundings.metrics()]))


def _ask(connection: ddl.Connection, plan: surroundings.Plan) -> Iterator[Finding]:
    yield from server.look(connection)
    # before the looks get limits of their own
    limits = list(settings.look(connection))
    with (
        ddl.setting(connection, "statement_timeout", LONGEST_LOOK),
        ddl.setting(connection, "lock_timeout", "1s"),
    ):
        parts = (
            lambda: privileges.look(connection, plan.schemas),
            lambda: source.look(connection, plan.sources, plan.schemas),
            lambda: source.indexes(connection, plan.sources),
            lambda: server.disk(connection, plan.schemas, plan.sources),
        )
        for part in parts:
            try:
                yield from part()
            except psycopg2.Error as error:
                if connection.closed:
                    raise
                # what is locked, takes long or may not be seen is not a fault of what is looked at
                yield Finding(
                    NOTICE,
                    "not looked at",
                    server.address(),
                    ddl.reason(error),
                    "python -m runner locks",
                )
    yield from limits
