"""The embedded server: real processes, really stopped, whatever happens to their owner."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from runner.embedded import EmbeddedServer, EmbeddedServerError, work_settings
from runner.embedded_host import Account, temporary_folder
from runner.embedded_settings import wheel_binaries
from tests.support.servers import BIN_DIRS, available_versions, connect
from tests.support.waiting import eventually

PROJECT = Path(__file__).resolve().parents[2]
OWNER = """
import sys, time
from runner.embedded import EmbeddedServer
folder, keep = sys.argv[1] or None, sys.argv[2] == "keep"
with EmbeddedServer(folder, keep=keep) as server:
    print(server.folder, server.pid, server.port, flush=True)
    time.sleep(0 if keep else 600)
"""


def value(server: EmbeddedServer, query: str) -> object:
    """The single value of a query."""
    with closing(connect(server)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def is_running(pid: int) -> bool:
    """Whether a process is there and not just waiting to be collected."""
    try:
        os.kill(pid, 0)
        return " Z " not in Path(f"/proc/{pid}/stat").read_text("utf-8")
    except (OSError, ValueError):
        return False


def start_owner(folder: str = "", keep: str = "") -> tuple[subprocess.Popen[str], Path, int, int]:
    """Another process that holds a server; with the server's folder, process id and port."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, folder, keep],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert owner.stdout is not None
    where, pid, port = owner.stdout.readline().rsplit(maxsplit=2)
    return owner, Path(where), int(pid), int(port)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the server's account may enter: pytest's own are closed to others."""
    folder = temporary_folder(Account.needed())
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("version", available_versions())
def test_two_at_once_of_every_version_and_nothing_is_left(version: str) -> None:
    with EmbeddedServer(bin_dir=BIN_DIRS[version]) as one, EmbeddedServer() as two:
        pids, folders = (one.pid, two.pid), (one.folder, two.folder)
        assert one.port != two.port
        assert int(str(value(one, "show server_version_num"))) // 10000 == int(version)
        assert value(one, "show server_encoding") == "UTF8"
        assert value(one, "show timezone") == "UTC"
        assert value(one, "select datcollate from pg_database where datname = 'postgres'") == "C"
        assert value(two, "show fsync") == "off"
    assert not any(is_running(pid) for pid in pids if pid)
    assert not any(folder.exists() for folder in folders)


def test_it_answers_on_its_unix_socket() -> None:
    with EmbeddedServer() as server:
        connection = psycopg2.connect(
            host=str(server.socket_dir), port=server.port, user="postgres", dbname="postgres"
        )
        connection.close()


def test_settings_for_work_are_taken() -> None:
    with EmbeddedServer(settings={**work_settings(), "shared_buffers": "32MB"}) as server:
        assert value(server, "show shared_buffers") == "32MB"
        assert value(server, "show max_wal_size") == "8GB"


def test_an_exception_stops_it() -> None:
    with pytest.raises(ZeroDivisionError), EmbeddedServer(keep=True) as server:
        pid, folder = server.pid, server.folder
        raise ZeroDivisionError
    assert pid is not None
    assert not is_running(pid)
    assert not folder.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_its_owners_end_is_its_own(number: signal.Signals) -> None:
    owner, folder, pid, _ = start_owner()
    assert is_running(pid)
    owner.send_signal(number)
    owner.wait()
    assert eventually(lambda: not is_running(pid))
    assert eventually(lambda: not folder.exists())


def test_a_kept_server_outlives_its_owner_and_is_stopped_by_its_folder(open_folder: Path) -> None:
    owner, folder, pid, port = start_owner(str(open_folder / "kept"), "keep")
    assert owner.wait() == 0
    later = EmbeddedServer(folder)
    try:
        later.port = port
        assert later.pid == pid
        assert value(later, "select 1") == 1
    finally:
        later.stop()
    assert eventually(lambda: not is_running(pid))
    assert folder.exists()


def test_a_named_folder_keeps_its_data(open_folder: Path) -> None:
    with EmbeddedServer(open_folder / "own") as server, closing(connect(server)) as connection:
        connection.cursor().execute("create table kept as select 1 as one")
    with EmbeddedServer(open_folder / "own") as server:
        assert value(server, "select one from kept") == 1


def test_a_folder_in_use_is_refused_and_its_server_stays(open_folder: Path) -> None:
    with EmbeddedServer(open_folder / "own") as server:
        second = EmbeddedServer(open_folder / "own")
        with pytest.raises(EmbeddedServerError, match="already runs"):
            second.start()
        assert value(server, "select 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="root reads every file: it runs as another account")
def test_binaries_in_a_closed_folder_are_copied(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    package = wheel_binaries().parents[1]
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, closed / folder.name, symlinks=True)
    closed.chmod(0o700)
    bin_dir = closed / wheel_binaries().relative_to(package.parent)
    with EmbeddedServer(bin_dir=bin_dir) as server:
        assert server.bin_dir != bin_dir
        assert value(server, "select 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another account")
def test_a_closed_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(EmbeddedServerError, match="closed to the user 'nobody'"):
        EmbeddedServer(tmp_path / "data").start()


def test_a_folder_without_binaries_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError, match=f"no 'postgres' in {tmp_path}"):
        EmbeddedServer(bin_dir=tmp_path).start()


def test_a_wrong_setting_gives_postgres_own_reason() -> None:
    server = EmbeddedServer(settings={"shared_buffers": "lots"})
    with pytest.raises(EmbeddedServerError, match="shared_buffers") as caught:
        server.start()
    assert "\n" not in str(caught.value)
    assert not server.folder.exists()
