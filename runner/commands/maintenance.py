"""What the commands rollover, check and reindex have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
import psycopg2
from rich import box
from rich.table import Table
from rich.text import Text

from runner import database, ddl
from runner.commands.activity import output, printable
from runner.errors import StepFailed

NUMBER = re.compile(r"[\d,.]*")

wait_option = click.option(
    "--wait",
    "wait_seconds",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=0, max=86_400),
    metavar="SECONDS",
    help="How long to wait for those who use a table; they themselves never wait.",
)
table_option = click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="NAME",
    help="Only this table, with or without its schema; may be given more than once.",
)


@contextmanager
def database_errors(command: str) -> Iterator[None]:
    """What the server refuses ends a command with one line.

    Raises:
        StepFailed: with what the server said.
    """
    try:
        yield
    except psycopg2.Error as error:
        raise StepFailed(f"{command}: {ddl.reason(error)}", error.pgcode) from None


@contextmanager
def session(command: str) -> Iterator[ddl.Connection]:
    """A connection in autocommit mode, closed at the end.

    Raises:
        StepFailed: the server refused something.
    """
    with database_errors(command), database.session() as connection:
        yield connection


def count(number: int, what: str) -> str:
    """A number with its noun: 1 error, 2 indexes."""
    plural = "" if number == 1 else "es" if what.endswith("x") else "s"
    return f"{number} {what}{plural}"


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table without the columns that are empty; a long name is folded, never cut."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    used = [place for place in range(len(columns)) if any(row[place] for row in rows)]
    for place in used:
        is_number = all(NUMBER.fullmatch(row[place]) for row in rows)
        table.add_column(columns[place], justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(row[place])) for place in used))
    output().print(table)
