"""The command line: it parses and prints; the work is in the modules it calls."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from runner import __version__
from runner.console import Reporter, error_line
from runner.errors import RunnerError


def _errors_in_one_line(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a user can cause ends with one line and the error's own exit code."""

    @functools.wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except RunnerError as error:
            error_line(str(error))
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            error_line("stopped; the next run goes on where this one was")
            sys.exit(130)

    return guarded


def _parse_variables(
    context: click.Context, parameter: click.Parameter, value: str
) -> dict[str, Any]:
    try:
        parsed = json.loads(value)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise click.BadParameter('not an object; write it as {"own_domains": ["example.com"]}')
    return parsed


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="segment_attribution")
def main() -> None:
    """Where did each signed-up user come from: Segment tables in, attribution tables out."""


@main.command()
@click.option("--full-refresh", is_flag=True, help="Build every table anew from the source.")
@click.option(
    "--no-rebuild",
    is_flag=True,
    help="Stop and name the tables where a changed setting asks for a rebuild.",
)
@click.option(
    "--full-tests",
    is_flag=True,
    help="Run all data tests over everything, not only over what this run touched.",
)
@click.option(
    "--threads",
    default=2,
    show_default=True,
    type=click.IntRange(1, 64),
    help="How many models, or months of a first build, run at a time.",
)
@click.option(
    "--by-month",
    is_flag=True,
    help="Go month by month in a first build of any size (by itself from 256 MB of raw tables on).",
)
@click.option(
    "--premake",
    default=3,
    show_default=True,
    type=click.IntRange(0, 120),
    help="Monthly partitions to create ahead of the current month.",
)
@click.option(
    "--summary-file",
    type=click.Path(dir_okay=False, writable=True),
    help="Also write the summary to this file, as JSON.",
)
@click.option(
    "--vars",
    "variables",
    default="{}",
    callback=_parse_variables,
    help="Settings of this run as JSON, over those in dbt_project.yml.",
)
@_errors_in_one_line
def nightly(
    full_refresh: bool,
    no_rebuild: bool,
    full_tests: bool,
    threads: int,
    by_month: bool,
    premake: int,
    summary_file: str | None,
    variables: dict[str, Any],
) -> None:
    """Take in what arrived since the last run and bring every table up to date."""
    from runner.nightly import NightlyOptions, run_nightly
    from runner.report import print_summary, write_summary

    reporter = Reporter()
    options = NightlyOptions(
        variables=variables,
        full_refresh=full_refresh,
        full_tests=full_tests,
        no_rebuild=no_rebuild,
        threads=threads,
        premake=premake,
        **({"by_month_from_bytes": 0} if by_month else {}),
    )
    summary = run_nightly(options, reporter)
    if summary_file:
        write_summary(Path(summary_file), summary)
    print_summary(reporter, summary)


@main.command()
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
@_errors_in_one_line
def demo(events: int, days: int, seed: int, keep: bool, folder: str | None) -> None:
    """Make a history of Segment-shaped events on a server of its own and attribute it."""
    from runner.demo import run_demo

    run_demo(
        events=events, days=days, seed=seed, keep=keep, folder=folder, echo=Reporter().console.print
    )
