"""Servers, databases and warehouses for the tests; every test gets a database of its own."""

from __future__ import annotations

import functools
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from psycopg2 import sql

from runner.embedded import EmbeddedServer
from tests.support.servers import (
    EMBEDDED,
    available_versions,
    chosen_versions,
    connect,
    make_server,
)
from tests.support.warehouse import Warehouse, Workplace

DATABASE = "warehouse"


# a shell that starts this in the background has it and its children ignore Ctrl-C
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--pg`` picks the servers."""
    parser.addoption(
        "--pg",
        default=None,
        metavar="18|15|all",
        help="run every test on this PostgreSQL, or on all; by default on the embedded 18, and "
        "tests marked all_versions on a 15 too where one is installed",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that needs a server runs once on each of its servers."""
    if "server" not in metafunc.fixturenames:
        return
    mark = next(metafunc.definition.iter_markers("all_versions"), None)
    choice = metafunc.config.getoption("--pg")
    try:
        versions = chosen_versions(choice, mark is not None)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    others = [pytest.mark.long] if mark and mark.kwargs.get("long") and choice is None else []
    servers = [
        pytest.param(version, id=f"pg{version}", marks=[] if version == EMBEDDED else others)
        for version in versions
    ]
    metafunc.parametrize("server", servers, indirect=True)


def pytest_report_header(config: pytest.Config) -> str:
    """Which servers there are."""
    wanted = config.getoption("--pg") or f"{EMBEDDED}, and all for tests marked all_versions"
    return f"postgres: {', '.join(available_versions())} found; tests run on {wanted}"


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], EmbeddedServer]]:
    """Starts the server of a version when it is first asked for; all stop at the very end."""
    with ExitStack() as started:
        yield functools.cache(lambda version: started.enter_context(make_server(version)))


@pytest.fixture
def server(
    request: pytest.FixtureRequest, servers: Callable[[str], EmbeddedServer]
) -> EmbeddedServer:
    """A server of the wanted version; one for all tests of this process."""
    return servers(request.param)


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A profile and the parsed project, for all tests of this process."""
    return Workplace(tmp_path_factory.mktemp("dbt"))


@pytest.fixture
def database(server: EmbeddedServer) -> Iterator[str]:
    """The name of an empty database, dropped after the test.

    It is always the same: dbt's parsed project, shared by all tests of a process, holds it.
    """
    name = sql.Identifier(DATABASE)
    drop = sql.SQL("drop database if exists {} with (force)").format(name)

    def execute(*statements: sql.Composed) -> None:
        # a connection each time: a test may crash the server
        with closing(connect(server)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    execute(drop, sql.SQL("create database {}").format(name))
    yield DATABASE
    execute(drop)


@pytest.fixture
def warehouse(server: EmbeddedServer, database: str, workplace: Workplace) -> Iterator[Warehouse]:
    """An empty database and the ways to run the project on it."""
    with closing(Warehouse(server, database, workplace)) as opened:
        yield opened
