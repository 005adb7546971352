"""``python -m runner nightly``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from runner.commands.errors import errors_in_one_line
from runner.console import Reporter


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


@click.command()
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
@errors_in_one_line
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
