"""SIGINT, SIGTERM and SIGHUP end a run the same clean way, each with its own exit code."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# sessions whose client is gone end within a second, not at the end of their statement; and what
# waits for a lock gives up in time to say who holds it
SESSION_OPTIONS = "-c client_connection_check_interval=1000 -c lock_timeout=10s"


class Stopped(KeyboardInterrupt):
    """A signal asked the run to end; dbt cancels its queries as on Ctrl-C.

    Attributes:
        exit_code: 128 and the signal's number, as shells have it.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


@dataclass
class Stopping:
    """Whether a signal came.

    Attributes:
        is_on: it did; set it back where the reason for it is gone and the run goes on.
    """

    is_on: bool = False


@contextmanager
def stopped_by_signals() -> Iterator[Stopping]:
    """The first signal raises Stopped; those that follow do not disturb the clearing up."""
    stopping = Stopping()
    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if not stopping.is_on:
            stopping.is_on = True
            raise Stopped(number)

    before = {one: signal.signal(one, stop) for one in SIGNALS}
    try:
        yield stopping
    finally:
        for one, handler in before.items():
            # what is stopping has only its exit left
            signal.signal(one, signal.SIG_IGN if stopping.is_on else handler)


@contextmanager
def session_options(options: str) -> Iterator[None]:
    """Every session that is opened meanwhile, by dbt, by workers or here, starts with these."""
    before = os.environ.get("PGOPTIONS")
    os.environ["PGOPTIONS"] = f"{options} {before}" if before else options
    try:
        yield
    finally:
        if before is None:
            del os.environ["PGOPTIONS"]
        else:
            os.environ["PGOPTIONS"] = before
