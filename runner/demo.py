"""A tour on a server of its own: a synthetic history, two nights, and what they found out."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg2 import sql
from rich import box
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from runner import database
from runner.attribute import attribute
from runner.console import Reporter
from runner.embedded import EmbeddedServer, work_settings
from runner.errors import CreditError
from runner.nightly import NightlyOptions, run_nightly
from runner.project import PROJECT_DIR, Project
from runner.stopping import stopped_by_signals
from runner.summary import NightSummary
from runner.synthetic import SHOP_INPUTS, Scenario

Echo = Callable[..., Any]

DATABASE = "demo"
# a demo's data is made anew in a minute: nothing is worth waiting for the disk
CARELESS = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": 0}
MODEL_COLUMNS = {
    "Channel": "channel",
    "First": "first_touch",
    "Last": "last_touch",
    "Last\npaid": "last_paid",
    "Linear": "linear",
    "Position": "position_based",
    "Time\ndecay": "time_decay",
    "Markov": "markov",
    "Shapley": "shapley",
    "Cost": "cost",
    "Value": "value",
}


def run_demo(
    events: int = 200_000,
    days: int = 365,
    seed: int = 1,
    keep: bool = False,
    folder: Path | str | None = None,
    echo: Echo | None = None,
) -> None:
    """Make a history, attribute it, let one more day arrive, attribute that, and show the result.

    Args:
        events: about so many tracks and pages.
        days: length of the history, which ends the day before yesterday.
        seed: another seed, other people.
        keep: leave the server up.
        folder: where the server keeps its data; a temporary folder, removed at the end, if none.
        echo: prints text and tables.

    Raises:
        RunnerError: one line that says what failed.
        SystemExit: it was stopped; neither a server nor a temporary folder is left.
    """
    reporter = Reporter()
    echo = echo or reporter.console.print
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    scenario = Scenario(events=events, days=days, seed=seed, end=today - timedelta(days=1))
    with stopped_by_signals() as stopping:
        try:
            echo("Starting PostgreSQL in a folder of its own ...")
            server = EmbeddedServer(folder, settings={**work_settings(), **CARELESS}, keep=keep)
            with server, _environment(server):
                _tour(scenario, server, reporter, echo)
                if stopping.is_on:
                    raise KeyboardInterrupt
                _say_how_to_go_on(server, keep, folder is None, echo)
        except (KeyboardInterrupt, Exception):
            # what was cut short in the middle of dbt is told as an error of dbt's
            if not stopping.is_on:
                raise
            echo("Stopped. The server is down" + ("." if folder else " and its folder is gone."))
            raise SystemExit(stopping.exit_code) from None


def _tour(scenario: Scenario, server: EmbeddedServer, reporter: Reporter, echo: Echo) -> None:
    _make_history(scenario, reporter, echo)
    project = Project(state=server.folder / "dbt" / "target")
    _night(f"\nThe first night takes in all {scenario.days} days", project, reporter, echo)
    with database.session() as connection:
        written = scenario.load_day(connection, max(1, round(scenario.events / scenario.days)))
    echo(f"\nOne more day: {sum(written.values()):,} rows arrive, some of them late, some again.")
    _night("The second night takes in that day", project, reporter, echo)
    echo("Weighing channels by all journeys (python -m runner attribute) ...")
    with suppress(CreditError):
        # a very short history has nobody who signed up
        attribute((), project.settings())
    _show_result(echo)


def _make_history(scenario: Scenario, reporter: Reporter, echo: Echo) -> None:
    """The Segment tables, in a database of their own."""
    echo(
        f"Making about {scenario.events:,} events of {scenario.days} days "
        f"(--seed {scenario.seed}) ..."
    )
    started = time.monotonic()
    with database.session() as connection, _bar(reporter) as progress:
        scenario.create_tables(connection)
        written = scenario.load_history(connection, progress)
        scenario.create_indexes(connection)
        with connection.cursor() as cursor:
            cursor.execute("analyze")
            cursor.execute(database.load_query("demo_business"))
    seconds = time.monotonic() - started
    rows = ", ".join(f"{count:,} {table}" for table, count in written.items())
    echo(f"  {rows}, in {seconds:.1f} s")


@contextmanager
def _bar(reporter: Reporter) -> Iterator[Callable[[int, int], None] | None]:
    if not reporter.console.is_terminal:
        yield None
        return
    columns = (TextColumn("  events"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=reporter.console, transient=True) as progress:
        task = progress.add_task("events", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _night(title: str, project: Project, reporter: Reporter, echo: Echo) -> NightSummary:
    echo(f"{title} (python -m runner nightly):")
    started = time.monotonic()
    # a bar on a terminal; a line for each model would hide what this is about
    quiet = Reporter(reporter.console, quiet=not reporter.console.is_terminal)
    summary = run_nightly(NightlyOptions(variables=SHOP_INPUTS), reporter=quiet, project=project)
    keys = ("rows_read", "rows_kept", "rows_duplicate", "rows_rejected")
    read, kept, duplicate, rejected = (
        sum(account[key] for account in summary.accounts) for key in keys
    )
    echo(
        f"  {read:,} rows read: {kept:,} new, {duplicate:,} duplicates, {rejected:,} "
        f"rejected; {summary.totals['sessions_touched']:,} sessions touched, in "
        f"{time.monotonic() - started:.1f} s"
    )
    return summary


def _show_result(echo: Echo) -> None:
    with database.session() as connection:
        found = {
            name: database.fetch_all(connection, database.load_query(f"demo_{name}"))
            for name in ("models", "first_session", "self_reports", "campaigns", "rows")
        }
    echo()
    echo(
        _table(
            "Sign-ups by channel and attribution model; cost and value (EUR) by position",
            MODEL_COLUMNS,
            found["models"],
        )
    )
    totals = found["first_session"][0]
    share = totals["in_first_session"] / totals["signups"] if totals["signups"] else 0.0
    echo(
        f"\nOf {totals['signups']:,} users who signed up, {share:.0%} did so in their first "
        "session."
    )
    reports = found["self_reports"][0]
    agreeing = reports["agreeing"] / reports["comparable"] if reports["comparable"] else 0.0
    echo(
        f"{reports['answers']:,} of them said where they came from. Of the "
        f"{reports['comparable']:,} answers that mean a channel {agreeing:.0%} agree with the "
        "first touch.\n"
    )
    echo(
        _table(
            "Campaigns by first paid touch",
            {"Campaign": "campaign", "Source": "source", "Medium": "medium", "Sign-ups": "signups"},
            found["campaigns"],
        )
    )
    echo()
    echo(_table("Rows", {"Table": "table_name", "Rows": "row_count"}, found["rows"]))


def _table(title: str, columns: Mapping[str, str], rows: list[dict[str, Any]]) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        # eleven columns go into a terminal of 80 signs
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=0,
    )
    for heading, name in columns.items():
        is_number = bool(rows) and any(isinstance(row[name], int) for row in rows)
        if is_number:
            table.add_column(heading, justify="right", no_wrap=True)
        else:
            table.add_column(heading, overflow="fold")
    for row in rows:
        values = (row[name] for name in columns.values())
        table.add_row(*(f"{one:,}" if isinstance(one, int) else str(one or "") for one in values))
    return table


def _say_how_to_go_on(server: EmbeddedServer, keep: bool, is_temporary: bool, echo: Echo) -> None:
    address = f"postgresql://postgres@127.0.0.1:{server.port}/{DATABASE}"
    if not keep:
        echo("\nTo look around yourself: python -m runner demo --keep, then psql as it says.")
        return
    echo(f"\nThe server stays up. Connect: psql {address}", soft_wrap=True)
    variables = f"PGHOST=127.0.0.1 PGPORT={server.port} PGUSER=postgres PGDATABASE={DATABASE}"
    echo(f"Another night:  {variables} python -m runner nightly", soft_wrap=True)
    remove = f" && rm -r {server.folder}" if is_temporary else ""
    echo(f"Stop it:        kill -INT {server.pid}{remove}", soft_wrap=True)


@contextmanager
def _environment(server: EmbeddedServer) -> Iterator[None]:
    """A fresh database of that server in the environment, and the project's own profile."""
    before = dict(os.environ)
    profiles = server.folder / "dbt"
    profiles.mkdir(exist_ok=True)
    shutil.copy(PROJECT_DIR / "profiles.yml.example", profiles / "profiles.yml")
    for name in before:
        if name.startswith(("PG", "DBT_")):
            del os.environ[name]
    try:
        os.environ.update(
            server.env(),
            DBT_PROFILES_DIR=str(profiles),
            DBT_TARGET="prod",
            DBT_SEND_ANONYMOUS_USAGE_STATS="false",
        )
        with database.session() as connection, connection.cursor() as cursor:
            name = sql.Identifier(DATABASE)
            cursor.execute(sql.SQL("drop database if exists {} with (force)").format(name))
            cursor.execute(sql.SQL("create database {}").format(name))
        os.environ["PGDATABASE"] = DATABASE
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
