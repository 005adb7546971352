"""Entry point of ``python -m runner``."""

import atexit
import contextlib
import gc
import os
import sys

from runner.cli import main


def _leave(code: object) -> None:
    """End the process without taking a million objects apart first, which takes half a second.

    Args:
        code: what ``sys.exit`` was given.
    """
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # who read it is gone
            stream.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    # dbt makes millions of small objects that live to the end: looking for garbage among them took
    # a tenth of its start
    gc.set_threshold(200_000, 20, 20)
    try:
        main()
    except SystemExit as ended:
        _leave(ended.code)
