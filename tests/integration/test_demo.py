"""The demo as a newcomer runs it: the whole tour, kept or not, and stopped wherever one likes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "runner", "demo", "--seed", "7")
STOPPED = 130


@pytest.fixture
def room() -> Iterator[Path]:
    """A temporary folder that any user may enter; all the demo makes is to be in it."""
    folder = Path(tempfile.mkdtemp(prefix="demo_", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def start(room: Path, *options: str) -> subprocess.Popen[str]:
    """Start the demo in a process group of its own, as a terminal would."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PG", "DBT_"))
    }
    return subprocess.Popen(
        [*COMMAND, *options],
        cwd=PROJECT,
        env={**environment, "TMPDIR": str(room), "PYTHONUNBUFFERED": "1", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def running_in(room: Path) -> list[str]:
    """Command lines of processes that name the folder."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(room) in line]


def nothing_is_left(room: Path) -> bool:
    """Whether neither a process nor a file of the demo is there any more, soon."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if not running_in(room) and not list(room.iterdir()):
            return True
        time.sleep(0.1)
    return False


def test_the_demo_tells_where_signups_came_from_and_leaves_nothing(room: Path) -> None:
    demo = start(room, "--events", "3000", "--days", "40")
    output, _ = demo.communicate(timeout=300)
    assert demo.returncode == 0, output
    assert "Sign-ups by channel and attribution model" in output
    assert re.search(r"\d+ of them said where they came from\. Of the \d+ answers", output)
    assert re.search(r"Of \d+ users who signed up, \d+% did so in their first session", output)
    assert nothing_is_left(room), (running_in(room), list(room.iterdir()))


@pytest.mark.long
def test_a_kept_demo_is_reached_and_stopped_as_it_says(room: Path) -> None:
    demo = start(room, "--events", "1000", "--days", "20", "--keep", "--folder", str(room / "kept"))
    output, _ = demo.communicate(timeout=300)
    try:
        assert demo.returncode == 0, output
        address = re.search(r"psql (postgresql://\S+)", output)
        assert address is not None, output
        with closing(psycopg2.connect(address[1])) as connection, connection.cursor() as cursor:
            cursor.execute("select count(*) > 0 from sessions.all_sessions")
            assert cursor.fetchone() == (True,)
    finally:
        stop = re.search(r"Stop it:\s+(.+)", output)
        assert stop is not None, output
        subprocess.run(stop[1], shell=True, check=True, cwd=PROJECT)
    end = time.monotonic() + 20
    while running_in(room) and time.monotonic() < end:
        time.sleep(0.1)
    assert running_in(room) == []


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        pytest.param("Starting PostgreSQL", 0.4, marks=pytest.mark.long),
        pytest.param("Making about", 0.3, marks=pytest.mark.long),
        ("The first night", 3.0),
        pytest.param("One more day", 2.0, marks=pytest.mark.long),
    ],
)
def test_ctrl_c_leaves_nothing(room: Path, line: str, seconds: float) -> None:
    demo = start(room, "--events", "3000", "--days", "40")
    said = []
    for text in demo.stdout:
        said.append(text)
        if line in text:
            break
    assert line in "".join(said), "".join(said)
    time.sleep(seconds)
    os.killpg(demo.pid, signal.SIGINT)
    time.sleep(0.05)
    # an impatient person presses it twice
    if demo.poll() is None:
        os.killpg(demo.pid, signal.SIGINT)
    rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == STOPPED, rest
    assert "Traceback" not in rest
    assert nothing_is_left(room), (running_in(room), list(room.iterdir()))


def test_a_killed_demo_leaves_no_server(room: Path) -> None:
    demo = start(room, "--events", "3000", "--days", "40")
    for text in demo.stdout:
        if "The first night" in text:
            break
    time.sleep(2)
    demo.kill()
    demo.communicate(timeout=60)
    end = time.monotonic() + 30
    while running_in(room) and time.monotonic() < end:
        time.sleep(0.1)
    assert running_in(room) == []
