"""``python -m runner demo``."""

from __future__ import annotations

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
    try:
        from runner.demo import run_demo
    except ModuleNotFoundError as error:
        raise ProjectError(
            f"demo: the package {error.name} is not installed; run `make install`, or "
            "`pip install '.[demo]'`"
        ) from None
    run_demo(
        events=events, days=days, seed=seed, keep=keep, folder=folder, echo=Reporter().console.print
    )
