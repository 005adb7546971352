"""``python -m runner ps``, ``show`` and ``rm``: what runs on the server, and how it is ended."""

from __future__ import annotations

import json
import os
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from runner import activity
from runner.activity import Detail, Outcome, Session
from runner.commands.errors import errors_in_one_line
from runner.console import error_line

# where nobody looks, a table is as wide as what stands in it
WIDE = 100_000
LONGEST_LINE = 160
# a longer text takes the formatter seconds
LONGEST_FORMATTED = 20_000
LEADING_COMMENT = re.compile(r"\s*(?:/\*.*?\*/|--[^\n]*(?:\n|$))", re.DOTALL)
Row = tuple[object, ...]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


# -- printing --------------------------------------------------------------------------------


def output(on_stderr: bool = False) -> Console:
    """The console: as wide as the terminal, or as wide as it takes."""
    stream = sys.stderr if on_stderr else sys.stdout
    width = None if stream.isatty() else WIDE
    return Console(stderr=on_stderr, width=width, highlight=False, soft_wrap=True)


def print_json(value: object, indent: int | None = 2) -> None:
    """A value as JSON on standard output."""
    print(json.dumps(value, indent=indent, ensure_ascii=False), flush=True)


def notice(text: str, on_stderr: bool) -> None:
    """A remark in one line; beside JSON it goes to standard error. Nothing if it is empty."""
    if text:
        print(f"notice: {text}", file=sys.stderr if on_stderr else sys.stdout)


def hidden_notice(connection: activity.Connection, sessions: Sequence[Session]) -> str:
    """How to see what others do, in one line; empty where nothing is hidden."""
    count = sum(session.is_hidden for session in sessions)
    if not count:
        return ""
    whose = "1 session hides its" if count == 1 else f"{count} sessions hide their"
    return (
        f"{whose} query from {connection.info.user}; to see those of every role: "
        f"grant pg_read_all_stats to {connection.info.user}"
    )


@contextmanager
def saying_if_stopped(text: str) -> Iterator[None]:
    """On Ctrl-C a line of the command's own, and the exit code that shells expect."""
    try:
        yield
    except KeyboardInterrupt:
        error_line(text)
        sys.exit(130)


def printable(text: str) -> str:
    """A text of others without what would steer a terminal."""
    return "".join(
        char
        if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
        else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def first_line(query: str) -> str:
    """The first line that says something: tools such as dbt begin a query with a comment."""
    rest = query
    while found := LEADING_COMMENT.match(rest):
        rest = rest[found.end() :]
    lines = (rest.strip() or query.strip()).splitlines()
    line = printable(" ".join(lines[0].split())) if lines else ""
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"


def formatted(query: str) -> str:
    """A query laid out on lines; as it is where it is too long or cannot be read."""
    import sqlparse

    if len(query) > LONGEST_FORMATTED:
        return printable(query)
    try:
        return printable(sqlparse.format(query, reindent=True).strip())
    except (sqlparse.exceptions.SQLParseError, RecursionError):
        return printable(query)


def age(seconds: float | None) -> str:
    """Seconds with one digit; nothing where they are not known."""
    return "" if seconds is None else f"{seconds:,.1f}"


def table_of(columns: Sequence[str], rows: Sequence[Row]) -> Table:
    """A table with one line a row: long texts end in an ellipsis where a terminal is narrow."""
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for name in columns:
        is_number = name in ("pid", "seconds")
        table.add_column(name, justify="right" if is_number else "left", no_wrap=is_number)
    for row in rows:
        texts = (printable(str(value)).replace("\n", " ") for value in row)
        table.add_row(*(Text(text, no_wrap=True, overflow="ellipsis") for text in texts))
    return table


def _pids(sessions: Sequence[Session] | Sequence[int]) -> str:
    return ", ".join(str(one.pid if isinstance(one, Session) else one) for one in sessions)


# -- ps --------------------------------------------------------------------------------------


@click.command()
@click.option(
    "--all", "everything", is_flag=True, help="Idle sessions, workers and other databases too."
)
@click.option(
    "--min-seconds",
    default=0.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="Only what has run (or been idle) for so long.",
)
@click.option("--user", default=None, help="Only the sessions of this role.")
@click.option(
    "--watch",
    default=None,
    type=click.FloatRange(min=0.1, max=3600),
    metavar="SECONDS",
    help="Show it anew every so many seconds, until Ctrl-C (exit code 0).",
)
@json_option
@errors_in_one_line
def ps(
    everything: bool, min_seconds: float, user: str | None, watch: float | None, as_json: bool
) -> None:
    """List the queries that run now, the longest first."""

    def listed(connection: activity.Connection) -> list[Session]:
        sessions = activity.fetch_sessions(connection)
        return activity.longest_first(sessions, everything, min_seconds, user)

    with activity.guarded_session("ps") as connection:
        sessions = listed(connection)
        notice(hidden_notice(connection, sessions), as_json)
        if watch is None:
            if as_json:
                print_json([session.as_dict() for session in sessions])
            else:
                output().print(_session_table(sessions, everything))
            return
        try:
            _watch(lambda: listed(connection), watch, everything, as_json)
        except KeyboardInterrupt:
            return  # the way to end it


def _watch(
    read: Callable[[], list[Session]], seconds: float, everything: bool, as_json: bool
) -> None:
    """A table that is drawn over; one after the other where that is not possible."""
    console = output()
    if as_json or not console.is_terminal:
        while True:
            sessions = read()
            if as_json:
                print_json([session.as_dict() for session in sessions], indent=None)
            else:
                console.print(time.strftime("%H:%M:%S"))
                console.print(_session_table(sessions, everything))
                console.file.flush()
            time.sleep(seconds)
    with Live(console=console, auto_refresh=False) as live:
        while True:
            live.update(_session_table(read(), everything), refresh=True)
            time.sleep(seconds)


def _session_table(sessions: Sequence[Session], everything: bool = False) -> Table:
    columns = ["pid", "user", "application", "state", "waiting for", "seconds", "blocked by"]
    rows: list[Row] = []
    for one in sessions:
        state = one.state or (one.kind if one.kind != activity.CLIENT else "")
        row = [one.pid, one.user, one.application, state, one.waiting_for, age(one.seconds)]
        rows.append((*row, _pids(one.blocked_by), first_line(one.query)))
    if everything:
        columns.insert(3, "database")
        rows = [(*row[:3], one.database, *row[3:]) for row, one in zip(rows, sessions, strict=True)]
    return table_of([*columns, "query"], rows)


# -- show ------------------------------------------------------------------------------------


@click.command()
@click.argument("pid", type=click.IntRange(min=1))
@json_option
@errors_in_one_line
def show(pid: int, as_json: bool) -> None:
    """Show one session: its whole query, its locks, who blocks it and whom it blocks."""
    with activity.guarded_session("show") as connection:
        found = activity.detail(connection, pid)
        notice(hidden_notice(connection, [found.session]), as_json)
    if as_json:
        print_json(_detail_dict(found))
    else:
        _print_detail(output(), found)


def _detail_dict(found: Detail) -> dict[str, Any]:
    return {
        **found.session.as_dict(),
        "query": formatted(found.session.query),
        "query_is_cut": found.session.is_cut,
        "locks": [{"on": one.on, "mode": one.mode, "is_held": one.is_held} for one in found.locks],
        "blockers": [session.as_dict() for session in found.blockers],
        "blocked": [session.as_dict() for session in found.blocked],
    }


def _print_detail(console: Console, found: Detail) -> None:
    one = found.session
    facts = {
        "pid": str(one.pid),
        "user": one.user,
        "application": one.application,
        "database": one.database,
        "client": one.client,
        "kind": one.kind,
        "state": one.state,
        "for": one.seconds is not None and f"{age(one.seconds)} s",
        "transaction": one.transaction_seconds is not None
        and f"open for {age(one.transaction_seconds)} s",
        "waiting for": one.waiting_for,
        "blocked by": _pids(one.blocked_by),
        "blocks": _pids(found.blocked),
    }
    for name, value in facts.items():
        if value:
            console.print(Text(f"{name + ':':<13}{printable(value)}"))
    cut = " (the server kept only its beginning: track_activity_query_size)" if one.is_cut else ""
    console.print(Text(f"\nquery{cut}:\n{formatted(one.query) or '(none)'}"))
    rows = [("held" if lock.is_held else "awaited", lock.mode, lock.on) for lock in found.locks]
    if rows:
        console.print(
            Text("\nLocks", style="bold"), table_of(("lock", "mode", "on"), rows), sep="\n"
        )
    for title, sessions in (("Blocked by", found.blockers), ("Blocks", found.blocked)):
        if sessions:
            console.print(Text(f"\n{title}", style="bold"), _session_table(sessions), sep="\n")


# -- rm --------------------------------------------------------------------------------------


@click.command()
@click.argument("targets", metavar="PID|KEYWORD...", nargs=-1, required=True)
@click.option("-f", "--force", is_flag=True, help="Terminate the sessions, not only their queries.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would be ended.")
@click.option(
    "--protect",
    multiple=True,
    metavar="ROLE",
    help="Leave the sessions of this role alone; may be given more than once. The roles in "
    "RUNNER_PROTECT, separated by commas, are left alone too.",
)
@click.option(
    "--wait",
    default=5.0,
    show_default=True,
    type=click.FloatRange(min=0, max=3600),
    metavar="SECONDS",
    help="How long to wait until they are gone.",
)
@json_option
@errors_in_one_line
def rm(
    targets: tuple[str, ...],
    force: bool,
    yes: bool,
    dry_run: bool,
    protect: tuple[str, ...],
    wait: float,
    as_json: bool,
) -> None:
    """Cancel the query of a session, or with -f end the session.

    A KEYWORD picks all sessions of this database whose query, application or user has it in it.
    """
    if not all(target.strip() for target in targets):
        _usage("an empty keyword would match every session")
    if not (yes or dry_run or sys.stdin.isatty()):
        _usage("there is no terminal to ask on: give --yes or --dry-run")
    protected = activity.protected_roles(protect, os.environ.get("RUNNER_PROTECT"))
    stopped = "stopped; what was told to end may still do so"
    with saying_if_stopped(stopped), activity.guarded_session("rm") as connection:
        choice = activity.choose(activity.fetch_sessions(connection), targets, force)
        outcomes = [_planned(session, force, protected) for session in choice.sessions]
        if not dry_run and (yes or _agreed(choice.sessions, outcomes, force, as_json)):
            outcomes = activity.end_sessions(connection, choice.sessions, force, protected, wait)
        elif not dry_run:
            outcomes = [Outcome(one, "left alone", False) for one in choice.sessions]
    _print_outcomes(outcomes, as_json)
    for word in choice.unmatched:
        what = f"has the pid {word}" if activity.is_pid(word) else f"matches '{printable(word)}'"
        error_line(f"no session {what}; `python -m runner ps --all` lists those there are")
    if choice.unmatched or not all(outcome.is_gone for outcome in outcomes):
        sys.exit(1)


def _usage(text: str) -> None:
    error_line(f"rm: {text}")
    sys.exit(2)


def _planned(session: Session, force: bool, protected: frozenset[str]) -> Outcome:
    """What would become of a session, as far as can be told before."""
    verdict = f"would be {'terminated' if force else 'cancelled'}"
    return activity.refusal(session, force, protected) or Outcome(session, verdict, True)


def _agreed(
    sessions: Sequence[Session], planned: Sequence[Outcome], force: bool, as_json: bool
) -> bool:
    """Show what was picked and ask; nothing is asked where nothing would be signalled."""
    count = sum(outcome.is_gone for outcome in planned)
    if not count:
        return True
    output(on_stderr=as_json).print(_session_table(sessions))
    what = "Terminate" if force else "Cancel the query of"
    number = "1 session" if count == 1 else f"{count} sessions"
    try:
        return click.confirm(f"{what} {number}?", err=as_json)
    except click.Abort:
        click.echo(err=as_json)
        return False


def _print_outcomes(outcomes: Sequence[Outcome], as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {**one.session.as_dict(), "verdict": one.verdict, "is_gone": one.is_gone}
                for one in outcomes
            ]
        )
    elif outcomes:
        rows = [
            (
                one.session.pid,
                one.session.user,
                one.session.application,
                one.verdict,
                first_line(one.session.query),
            )
            for one in outcomes
        ]
        output().print(table_of(("pid", "user", "application", "verdict", "query"), rows))
