"""``python -m runner nightly``."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from runner.commands.errors import errors_in_one_line
from runner.commands.telemetry import telemetry_options
from runner.commands.types import Duration, Moment
from runner.console import Reporter
from runner.errors import RunnerError
from runner.telemetry import telemetry

ALL = "all tables"


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


vars_option = click.option(
    "--vars",
    "variables",
    default="{}",
    callback=_parse_variables,
    help="Settings of this run as JSON, over those in dbt_project.yml.",
)


@click.command()
@click.option(
    "--full-refresh",
    "refresh",
    is_flag=False,
    flag_value=ALL,
    metavar="[MODEL]",
    help="Build every table anew from the source; or MODEL and the tables behind it. Asks first.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
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
@click.option("--resume", is_flag=True, help="Go on at the step where the last run failed.")
@click.option("--from", "arrived_from", type=Moment(), help="Read again what arrived since then.")
@click.option("--to", "arrived_to", type=Moment(), help="Read again what arrived before then.")
@click.option(
    "--retry-for",
    default="2h",
    show_default=True,
    type=Duration(),
    help="How long to try a step again on what time can heal.",
)
@click.option(
    "--on-block",
    default="wait",
    show_default=True,
    type=click.Choice(["wait", "skip", "terminate"]),
    help="Where others hold locks that a night needs: wait, skip the step, or end those sessions.",
)
@click.option(
    "--block-wait",
    default="10m",
    show_default=True,
    type=Duration(),
    help="How long to wait for such locks before the models begin.",
)
@click.option(
    "--terminate",
    multiple=True,
    metavar="PATTERN",
    help="With --on-block terminate: who may be ended, a role or application:GLOB. Repeatable.",
)
@click.option(
    "--reindex-minutes",
    default=15.0,
    show_default=True,
    type=click.FloatRange(0, 1440),
    help="Rebuild bloated indexes for so long at most; 0 leaves them alone.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
@click.option(
    "--summary-file",
    type=click.Path(dir_okay=False, writable=True),
    help="Also write the summary to this file, as JSON.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON, and only that.")
@vars_option
@telemetry_options
@errors_in_one_line
def nightly(
    refresh: str | None,
    yes: bool,
    by_month: bool,
    arrived_from: str | None,
    arrived_to: str | None,
    dry_run: bool,
    summary_file: str | None,
    as_json: bool,
    block_wait: timedelta,
    retry_for: timedelta,
    log_format: str,
    log_level: str | None,
    metrics: tuple[str, ...],
    **others: Any,
) -> None:
    """Take in what arrived since the last run and bring every table up to date."""
    from runner.nightly import NightlyOptions, run_nightly
    from runner.report import print_summary, summary_text

    if arrived_from and arrived_to and arrived_from >= arrived_to:
        raise click.UsageError("--from must be before --to")
    if others["resume"] and refresh:
        raise click.UsageError("--resume and --full-refresh exclude each other")
    options = NightlyOptions(
        **others,
        full_refresh=refresh is not None,
        refresh_model=None if refresh in (None, ALL) else refresh,
        arrival=(arrived_from, arrived_to) if arrived_from or arrived_to else None,
        retry_for=retry_for,
        block_wait=block_wait,
        **({"by_month_from_bytes": 0} if by_month else {}),
    )
    if dry_run:
        _print_plan(options, as_json)
        return
    if refresh and not yes:
        _ask(refresh)
    watched_by = telemetry(log_format, log_level, metrics)
    reporter = Reporter(quiet=as_json or not watched_by.is_plain)
    try:
        summary = run_nightly(options, reporter, watchers=watched_by.watchers)
    except (RunnerError, KeyboardInterrupt) as error:
        if watched_by.is_plain:
            raise
        # the log has the line
        sys.exit(getattr(error, "exit_code", 130))
    if summary_file:
        Path(summary_file).write_text(summary_text(summary), "utf-8")
    if as_json:
        click.echo(summary_text(summary), nl=False)
    print_summary(reporter, summary)


def _ask(refresh: str) -> None:
    """A rebuild takes hours on a large history: nobody starts it by accident."""
    if not sys.stdin.isatty():
        raise click.UsageError("--full-refresh asks first, and nobody is there: add --yes")
    click.confirm(f"Build {refresh} anew from the source?", abort=True)


def _print_plan(options: Any, as_json: bool) -> None:
    from runner.plan import make_plan

    plan = make_plan(options)
    if as_json:
        click.echo(json.dumps(plan, indent=2))
        return
    for title, lines in plan.items():
        click.secho(title, bold=True)
        for line in lines or ["nothing"]:
            click.echo(f"  {line}")
