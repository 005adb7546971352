"""Stops an embedded server whose owner is gone; run as a process of its own, beside the server.

The owner holds the other end of standard input. As long as it lives nothing is read; when it ends
in order it writes a word first; when it is killed the input just ends, and the server is stopped
here. Only the standard library is used: this file runs without the project on its path.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys
import time
from pathlib import Path

LOOK_EVERY = 0.5
STEPS = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def server_pid(data: Path) -> int | None:
    """The process id that the server in this data folder wrote down, if it is alive."""
    try:
        pid = int((data / "postmaster.pid").read_text("utf-8").split("\n", 1)[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid if not is_zombie(pid) and is_about(pid, data) else None


def is_about(pid: int, data: Path) -> bool:
    """Whether a process is the server of this folder, not one that got its number later."""
    try:
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # a system without /proc
        return True


def is_zombie(pid: int) -> bool:
    """Whether a process has ended and only its parent has not noticed yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def end_process(pid: int) -> None:
    """Fast shutdown, then an immediate one, then the kernel's."""
    for number, seconds in STEPS:
        end = time.monotonic() + seconds
        with contextlib.suppress(OSError):
            os.kill(pid, number)
        while time.monotonic() < end:
            try:
                os.kill(pid, 0)
            except OSError:
                return
            if is_zombie(pid):
                return
            time.sleep(0.02)


def remove_folder(folder: Path) -> None:
    """Remove a folder; a process that is just ending may still write into it."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.02)


def owner_took_leave() -> bool:
    """Wait for the owner's end; whether it said so itself.

    A process forked by the owner holds the input open too, so our parent is looked at as well.
    """
    owner, said = os.getppid(), False
    while not said and os.getppid() == owner:
        said = bool(select.select([sys.stdin], [], [], LOOK_EVERY)[0])
    return said and os.read(sys.stdin.fileno(), 4) == b"done"


def watch(data: Path, remove: Path | None) -> None:
    """Wait for the owner's end; after a sudden one stop the server and clear its folder."""
    if owner_took_leave():
        return
    for _ in range(50):  # the server may have been started a moment ago
        pid = server_pid(data)
        if pid is not None:
            end_process(pid)
            break
        time.sleep(0.02)
    if remove is not None:
        # a server that had not written its process id yet ends when it finds its folder gone
        remove_folder(remove)


if __name__ == "__main__":
    for one in (signal.SIGINT, signal.SIGHUP):
        with contextlib.suppress(OSError):
            signal.signal(one, signal.SIG_IGN)
    watch(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None)
