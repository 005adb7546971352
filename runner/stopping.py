"""SIGINT, SIGTERM and SIGHUP end a run the same clean way, each with its own exit code."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PAUSE = 0.05
# sessions whose client is gone end within a second, not at the end of their statement; and what
# waits for a lock gives up in time to say who holds it. A role's limits for queries of its users
# do not count for a night (nor do they for pg_dump); those in PGOPTIONS do
SESSION_OPTIONS = (
    "-c client_connection_check_interval=1000 -c lock_timeout=10s"
    " -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
)


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
        exit_code: what the process is to end with, 0 as long as none came.
    """

    is_on: bool = False
    exit_code: int = 0


# of the process: what runs inside another that may be stopped is stopped with it
_outermost: Stopping | None = None


@contextmanager
def stopped_by_signals() -> Iterator[Stopping]:
    """The first signal raises Stopped; those that follow do not disturb the clearing up.

    Inside another of these it is the same one.
    """
    global _outermost
    if _outermost is not None or threading.current_thread() is not threading.main_thread():
        yield _outermost or Stopping()
        return
    stopping = _outermost = Stopping()

    def stop(number: int, frame: FrameType | None) -> None:
        if not stopping.is_on:
            stopping.is_on = True
            stopped = Stopped(number)
            stopping.exit_code = stopped.exit_code
            raise stopped

    hook = sys.unraisablehook

    def stop_again(lost: sys.UnraisableHookArgs) -> None:
        # raised while an object was being finalized, where Python drops what is raised
        if not isinstance(lost.exc_value, Stopped):
            hook(lost)
            return
        stopping.is_on = False
        number = lost.exc_value.exit_code - 128
        threading.Timer(PAUSE, os.kill, (os.getpid(), number)).start()

    before = {one: signal.signal(one, stop) for one in SIGNALS}
    sys.unraisablehook = stop_again
    try:
        yield stopping
    finally:
        _outermost = None
        sys.unraisablehook = hook
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
