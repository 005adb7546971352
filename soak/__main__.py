"""``python -m soak``: the long tests."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from runner.console import Reporter

SETTINGS = {"help_option_names": ["-h", "--help"]}
seed_option = click.option(
    "--seed", default=1, show_default=True, help="Another seed, other draws."
)


@click.group(context_settings=SETTINGS)
def main() -> None:
    """Long tests, each on a server of its own; exit code 1 where something is not right."""


@main.command()
@click.option("--events", default=200_000, show_default=True, help="Events of the history.")
@click.option("--hold", default=30.0, show_default=True, help="Seconds a reader stays.")
@click.option("--only", multiple=True, help="A command whose name begins so. Repeatable.")
@seed_option
def readers(events: int, hold: float, only: tuple[str, ...], seed: int) -> None:
    """Read every table during every command, and tell how long a reader waits."""
    from soak.readers import COMMANDS, soak

    commands = [name for name in COMMANDS if not only or name.startswith(only)]
    if not commands:
        raise click.BadParameter("there is no such command: " + ", ".join(COMMANDS))
    with tempfile.TemporaryDirectory() as folder:
        done = soak(events, hold, seed, Path(folder), Reporter().line, commands)
    wrong = [reading for reading in done if reading.faults]
    longest = max(reading.lock_wait_ms for reading in done)
    click.echo(
        f"{len(done)} commands, {len(done) - len(wrong)} right, longest wait {longest:.0f} ms"
    )
    sys.exit(bool(wrong))


@main.command()
@click.option("--moments", default=100, show_default=True, help="How many processes to kill.")
@click.option("--only", multiple=True, help="A run and its victim, as night/backend. Repeatable.")
@seed_option
def kills(moments: int, only: tuple[str, ...], seed: int) -> None:
    """Kill runner, workers, backends and postmasters in first builds and nights."""
    from soak.kills import PAIRS, soak

    pairs = [pair for pair in PAIRS if not only or "/".join(pair) in only]
    if not pairs:
        raise click.BadParameter("there is only: " + ", ".join("/".join(pair) for pair in PAIRS))
    with tempfile.TemporaryDirectory() as folder:
        done = soak(moments, seed, Path(folder), Reporter().line, pairs)
    wrong = [kill for kill in done if kill.faults]
    click.echo(f"{len(done)} killed, {len(done) - len(wrong)} right")
    sys.exit(bool(wrong))


@main.command("long-session")
@click.option("--events", default=1_000_000, show_default=True, help="Events of the session.")
def long_session(events: int) -> None:
    """One session of a million events: built, one event longer, and left alone."""
    from soak.long_session import soak

    with tempfile.TemporaryDirectory() as folder:
        done = soak(events, Path(folder), Reporter().line)
    sys.exit(any(night.faults for night in done))


if __name__ == "__main__":
    main()
