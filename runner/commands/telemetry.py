"""Options of commands that run unattended: log and metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from runner.telemetry import LOG_FORMATS, LOG_LEVELS, METRICS

log_format_option = click.option(
    "--log-format",
    envvar="RUNNER_LOG_FORMAT",
    default="auto",
    show_default=True,
    type=click.Choice(LOG_FORMATS),
    help="The event log on standard error: JSON lines where that is no terminal, nothing on one; "
    "text; or json and no other lines.",
)
log_level_option = click.option(
    "--log-level",
    envvar="RUNNER_LOG_LEVEL",
    type=click.Choice(LOG_LEVELS),
    help="The least that the event log tells; info by default. On a terminal, asks for the log.",
)


class Metrics(click.ParamType):
    """Names with commas."""

    name = "names"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Read it."""
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in str(value).split(",") if name.strip())
        for name in names:
            if name not in METRICS:
                self.fail(f"{name!r} is none of {', '.join(METRICS)}", param, ctx)
        return names


metrics_option = click.option(
    "--metrics",
    envvar="RUNNER_METRICS",
    default="none",
    show_default=True,
    type=Metrics(),
    help="Where numbers of the run go: none, cloudwatch, dogstatsd, or both with a comma.",
)


def telemetry_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """All of them."""
    for option in (metrics_option, log_level_option, log_format_option):
        command = option(command)
    return command
