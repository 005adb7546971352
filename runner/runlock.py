"""One run at a time: an advisory lock on a connection of its own, whose death ends the run."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from types import TracebackType

import psycopg2
import psycopg2.extensions

from runner import database
from runner.errors import AnotherRun, RunLockLost

# "segattr" read as a number: any would do, as long as every version of the runner takes the same
KEY = int.from_bytes(b"segattr", "big")
# a dropped network is noticed within seconds, not hours
KEEPALIVES = {"keepalives_idle": 3, "keepalives_interval": 2, "keepalives_count": 2}
# a look that is cancelled would be taken for a lost connection
NO_TIMEOUT = "-c statement_timeout=0"
INTERVAL = 1.0


class RunLock:
    """Held from ``take`` to the end of its block.

    Raises:
        RunLockLost: at the end of the block, where its connection died meanwhile.
    """

    def __init__(self, interval: float = INTERVAL) -> None:
        self._interval = interval
        self._ended = threading.Event()
        self._lost: str | None = None

    def take(self) -> None:
        """Take it, or say who has it.

        Raises:
            AnotherRun: someone else holds it; the line says who and since when.
            ConnectionFailed: there is no server to ask.
        """
        # the name tells a second starter where the first one runs
        name = f"segment_attribution run {socket.gethostname()[:24]} {os.getpid()}"
        options = {**KEEPALIVES, "options": NO_TIMEOUT}
        self._connection = database.connect(application_name=name, **options)
        try:
            found = database.fetch_all(
                self._connection, "select pg_try_advisory_lock(%(key)s) as is_mine", {"key": KEY}
            )
            if not found[0]["is_mine"]:
                raise AnotherRun(_holder(self._connection))
        except BaseException:
            self._connection.close()
            raise

    @property
    def is_lost(self) -> bool:
        """Whether its connection died."""
        return self._lost is not None

    def __enter__(self) -> RunLock:
        self._watcher = threading.Thread(target=self._watch, name="run lock", daemon=True)
        self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._watcher.join()
        with contextlib.suppress(psycopg2.Error):
            self._connection.close()
        if self._lost is not None:
            raise RunLockLost(
                f"the connection that holds the run lock was lost: {self._lost}"
            ) from None

    def _watch(self) -> None:
        while not self._ended.wait(self._interval):
            try:
                database.fetch_all(self._connection, "select 1 as one")
            except psycopg2.Error as error:
                if not self._ended.is_set():
                    self._lost = " ".join(str(error).split()) or type(error).__name__
                    # as if someone pressed Ctrl-C: dbt ends its queries, and nothing more is begun
                    os.kill(os.getpid(), signal.SIGINT)
                return


def _holder(connection: psycopg2.extensions.connection) -> str:
    rows = database.fetch_all(connection, database.load_query("run_holder"), {"key": KEY})
    if not rows:
        return "another run ended this moment: start again"
    row = rows[0]
    since = row["since"].astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    return (
        f"another run holds the run lock since {since}: {row['application_name']} as "
        f"{row['user_name']} from {row['client']} (backend {row['pid']}); wait for its end, or "
        f"stop it with: python -m runner rm --force {row['pid']}"
    )


def wait_for_parent(parent: int, interval: float = 0.5) -> None:
    """End this process as soon as its parent is gone; for workers, in a thread of their own."""
    while os.getppid() == parent:
        time.sleep(interval)
    os._exit(1)
