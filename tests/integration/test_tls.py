"""TLS settings reach every connection: the runner's own, dbt's, and those of the workers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner, Result

from runner.cli import main
from runner.project import PROJECT_DIR
from tests.integration.test_first_build import history
from tests.support.roles import asking_server, error_of
from tests.support.servers import BIN_DIRS, connect
from tests.support.warehouse import Warehouse, Workplace

DATABASE = "warehouse"
CAN_TLS = next(
    (
        version
        for version, folder in BIN_DIRS.items()
        if folder is not None and (folder / "postgres").exists()
    ),
    "",
)
# the embedded server is built without TLS
pytestmark = pytest.mark.skipif(not CAN_TLS, reason="no PostgreSQL with TLS is installed")


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The certificate of the authority that signed the server's, and one of another."""
    folder = tmp_path_factory.mktemp("authorities")
    paths = {name: folder / f"{name}.pem" for name in ("right", "wrong", "server", "key")}
    right, wrong = trustme.CA(), trustme.CA()
    right.cert_pem.write_to_path(paths["right"])
    wrong.cert_pem.write_to_path(paths["wrong"])
    # for a name, not for the address that the tests connect to
    issued = right.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(paths["server"])
    issued.private_key_pem.write_to_path(paths["key"])
    return paths


@pytest.fixture(scope="module")
def tls(
    authorities: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A warehouse on a server that takes nobody but over TLS."""
    only_tls = "hostssl all postgres 127.0.0.1/32 trust\nhostnossl all all 127.0.0.1/32 reject\n"
    files = {"ssl_cert_file": authorities["server"], "ssl_key_file": authorities["key"]}
    with asking_server(only_tls, files, CAN_TLS) as server:
        with closing(connect(server)) as connection, connection.cursor() as cursor:
            cursor.execute(f"create database {DATABASE}")
        folder = tmp_path_factory.mktemp("dbt")
        with closing(Warehouse(server, DATABASE, Workplace(folder))) as warehouse:
            warehouse.create_source()
            warehouse.insert("segment", "tracks", history(days=40, people=3))
            yield warehouse


def call(warehouse: Warehouse, *arguments: str, **more: str) -> Result:
    """A command of the runner in this process."""
    environment = {
        **warehouse.environment(),
        "DBT_PROFILES_DIR": str(warehouse.workplace.profiles),
        **more,
    }
    return CliRunner().invoke(main, arguments, env=environment)


@pytest.mark.long
def test_a_first_build_with_workers_and_a_night_go_over_tls(
    tls: Warehouse, authorities: dict[str, Path]
) -> None:
    """With a server that is verified up to its name, which the address is told beside."""
    verified = {
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(authorities["right"]),
        "PGHOST": "localhost",
        "PGHOSTADDR": "127.0.0.1",
    }
    result = call(tls, "nightly", "--by-month", "--json", **verified)
    assert result.exit_code == 0, result.stderr
    assert tls.rows("select kind from sessions_stages.build_steps where kind = 'finish'")
    assert call(tls, "nightly", "--json", PGSSLMODE="require").exit_code == 0
    for command in (("check",), ("ps",)):
        result = call(tls, *command, **verified)
        assert result.exit_code == 0, (command, result.stderr)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"PGSSLMODE": "disable"}, "no encryption"),
        ({"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "right"}, "does not match host name"),
        ({"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "wrong"}, "certificate verify failed"),
        ({"PGSSLMODE": "verify-ca", "PGSSLROOTCERT": "wrong"}, "certificate verify failed"),
        ({"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/nowhere.pem"}, "/nowhere.pem"),
        ({"PGSSLMODE": "sometimes"}, 'invalid sslmode value: "sometimes"'),
    ],
)
def test_what_does_not_stand_the_test_is_one_line(
    tls: Warehouse, authorities: dict[str, Path], more: dict[str, str], reason: str
) -> None:
    more = {name: str(authorities.get(value, value)) for name, value in more.items()}
    for command in ("ps", "nightly") if reason == "no encryption" else ("ps",):
        result = call(tls, command, **more)
        assert result.exit_code == 1, result.output
        assert error_of(result).startswith("error: cannot connect to Postgres: ")
        assert reason in result.stderr


def test_dbt_alone_verifies_too(tls: Warehouse, authorities: dict[str, Path]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "debug", "--connection"],
        cwd=PROJECT_DIR,
        env={
            **tls.environment(),
            "DBT_PROFILES_DIR": str(tls.workplace.profiles),
            "PGSSLMODE": "verify-ca",
            "PGSSLROOTCERT": str(authorities["wrong"]),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "certificate verify failed" in done.stdout
