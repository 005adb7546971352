"""What time can heal is tried again, what it cannot is not: told apart by SQLSTATE.

Classes and codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import psycopg2
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_delay,
    wait_exponential_jitter,
)

from runner.errors import ConnectionFailed, RunnerError

T = TypeVar("T")

DEFAULT_BUDGET = timedelta(hours=2)
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 120.0
HEALABLE = frozenset(
    {
        "25006",  # read-only: the server is failing over, this is still the standby
        "40001",  # serialization failure
        "40P01",  # deadlock
        "53000",  # insufficient resources
        "53100",  # disk full
        "53200",  # out of memory
        "53300",  # too many connections
        "55006",  # object in use
        "55P03",  # lock not available: lock_timeout
        "57014",  # statement cancelled
        "57P01",  # terminated by an administrator
        "57P02",  # crash of the server
        "57P03",  # starting up, shutting down or in recovery
        "57P05",  # idle session timeout
    }
)
# the same statement would take as long again
STATEMENT_TIMEOUT = "due to statement timeout"
CONNECTION_CLASS = "08"
# the end of a session by another hand: the server may have crashed or failed over behind it
SESSION_ENDED = frozenset({"57P01", "57P02", "57P03"})
CONNECTION_LOST = "08006"
# libpq gives no SQLSTATE for what fails before a session stands
_NO_SESSION = re.compile(
    r"connection to server .* failed|could not connect to server|server closed the connection|"
    r"connection already closed|terminating connection|connection (?:was )?(?:reset|refused)|"
    r"SSL connection has been closed|could not (?:receive|send) data",
    re.IGNORECASE,
)
_REFUSED_FOR_GOOD = re.compile(
    r"authentication failed|no password supplied|does not exist|no pg_hba.conf entry|"
    r"is not permitted to log in|permission denied",
    re.IGNORECASE,
)
_BUSY = re.compile(
    r"starting up|shutting down|recovery mode|too many (?:clients|connections)|"
    r"remaining connection slots|"
    r"not yet accepting connections",
    re.IGNORECASE,
)


def sqlstate_of(error: BaseException) -> str | None:
    """The SQLSTATE of an error of the database's or of ours, as far as one is known."""
    if isinstance(error, RunnerError) and error.sqlstate:
        return error.sqlstate
    if isinstance(error, psycopg2.Error) and error.pgcode:
        return str(error.pgcode)
    if isinstance(error, psycopg2.InterfaceError):
        # "cursor already closed" and the like: its connection has gone
        return CONNECTION_LOST
    if isinstance(error, (psycopg2.OperationalError, ConnectionFailed)):
        return sqlstate_of_text(str(error))
    return None


def sqlstate_of_text(text: str) -> str | None:
    """What a message says that came without a SQLSTATE: only of connections that do not stand."""
    if _REFUSED_FOR_GOOD.search(text):
        return None
    if _BUSY.search(text):
        return "57P03"
    return CONNECTION_LOST if _NO_SESSION.search(text) else None


def can_heal(error: BaseException) -> bool:
    """Whether the same may succeed later, with nothing changed but the time."""
    state = sqlstate_of(error)
    if state == "57014" and STATEMENT_TIMEOUT in str(error):
        return False
    return state is not None and (state in HEALABLE or state.startswith(CONNECTION_CLASS))


def lost_server(error: BaseException) -> bool:
    """Whether a session ended from outside.

    A server that crashed while ``synchronous_commit`` was off, or whose standby took over, may
    have lost the last commits: what was done before is looked at again.
    """
    state = sqlstate_of(error)
    return state is not None and (state in SESSION_ENDED or state.startswith(CONNECTION_CLASS))


def is_busy(error: BaseException) -> bool:
    """Whether a server is there and says that it takes no session yet.

    The first connection of a run waits for such a server only: a wrong host or port would
    otherwise be tried for hours.
    """
    return isinstance(error, ConnectionFailed) and bool(_BUSY.search(str(error)))


def retry(
    action: Callable[[], T],
    budget: timedelta = DEFAULT_BUDGET,
    before_pause: Callable[[BaseException, float], None] = lambda error, seconds: None,
    heals: Callable[[BaseException], bool] = can_heal,
    first_pause: float = FIRST_PAUSE,
) -> T:
    """Do it until it succeeds, fails for good, or the budget is spent.

    Args:
        action: what to do; must be safe to do again.
        budget: time for all attempts together, pauses included.
        before_pause: called with the error and the seconds until the next attempt.
        heals: whether an error is worth another attempt.
        first_pause: seconds; doubled each time, with up to a second of jitter on top.
    """

    def tell(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if error is not None and state.next_action is not None:
            before_pause(error, state.next_action.sleep)

    return Retrying(
        stop=stop_after_delay(budget),
        wait=wait_exponential_jitter(multiplier=first_pause, max=LONGEST_PAUSE),
        retry=retry_if_exception(heals),
        before_sleep=tell,
        reraise=True,
    )(action)
