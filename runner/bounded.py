"""A call to a service that may be dead takes so long at most, whatever it waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeVar

T = TypeVar("T")


class TookTooLong(Exception):
    """There was no answer in time."""


def run_within(seconds: float, actions: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Run several at once, each in a thread of its own, and wait so long for all together.

    What has not ended by then is left behind: it ends with the process.

    Args:
        seconds: for all of them.
        actions: must not be needed to end.

    Returns:
        What each returns, or the exception it ended with; TookTooLong where it did not end.
    """
    found: list[T | Exception] = [TookTooLong(f"no answer within {seconds:g} s") for _ in actions]
    # what comes too late changes nothing any more
    given = list(found)

    def run(place: int) -> None:
        try:
            given[place] = actions[place]()
        except Exception as error:
            given[place] = error

    threads = [
        threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(actions))
    ]
    deadline = monotonic() + seconds
    for thread in threads:
        thread.start()
    for place, thread in enumerate(threads):
        thread.join(max(0.0, deadline - monotonic()))
        if not thread.is_alive():
            found[place] = given[place]
    return found
