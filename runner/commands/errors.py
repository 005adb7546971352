"""What a user can cause ends with one line, never with a traceback."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from runner.console import error_line
from runner.errors import RunnerError


def errors_in_one_line(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a user can cause ends with one line and the error's own exit code."""

    @functools.wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except RunnerError as error:
            error_line(str(error))
            sys.exit(error.exit_code)
        except KeyboardInterrupt as stop:
            error_line("stopped; the next run goes on where this one was")
            sys.exit(getattr(stop, "exit_code", 130))

    return guarded
