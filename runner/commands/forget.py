"""``python -m runner forget``."""

from __future__ import annotations

import sys
from typing import Any, TextIO

import click

from runner.commands.activity import json_option, output, print_json, printable
from runner.commands.errors import errors_in_one_line
from runner.commands.maintenance import count, database_errors, print_table
from runner.commands.nightly import vars_option
from runner.console import Reporter, error_line
from runner.forget_person import Person

MOST_NAMED = 20


@click.command()
@click.argument("ids", metavar="USER_ID|ANONYMOUS_ID...", nargs=-1)
@click.option(
    "--file",
    "listed",
    type=click.File(encoding="utf-8"),
    help="Read ids from this file, one a line; - is standard input.",
)
@click.option("--source", is_flag=True, help="Delete the rows from the raw source tables too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
@vars_option
@json_option
@errors_in_one_line
def forget(
    ids: tuple[str, ...],
    listed: TextIO | None,
    source: bool,
    yes: bool,
    dry_run: bool,
    variables: dict[str, Any],
    as_json: bool,
) -> None:
    """Remove a person from every table, and keep their rows out from now on.

    With an id go all ids that lead to nobody else. The raw source keeps its rows, unless --source
    is given; rows that carry one of the ids are not read again.
    """
    from runner import forget as logic
    from runner.project import Project

    words = [*ids, *_lines(listed)]
    if not (yes or dry_run or sys.stdin.isatty()):
        raise click.UsageError("forget asks first, and nobody is there: add --yes or --dry-run")
    project = Project(variables)
    with database_errors("forget"):
        person = logic.look(words, source, variables, project)
        if not as_json:
            _tell(person)
            _print(person)
        if dry_run:
            if as_json:
                print_json(person.as_dict())
            return
        if not yes and not _agreed(person, as_json):
            error_line("forget: nothing was removed")
            sys.exit(1)
        person = logic.forget(words, source, variables, Reporter(quiet=as_json), project)
    if as_json:
        print_json(person.as_dict())
        return
    print("removed:")
    _print(person)


def _lines(listed: TextIO | None) -> list[str]:
    """The ids of a file, without its empty lines.

    Raises:
        BadParameter: it is no text.
    """
    if listed is None:
        return []
    try:
        return [line for line in listed.read().splitlines() if line.strip()]
    except UnicodeError:
        raise click.BadParameter("--file is no text in UTF-8") from None


def _tell(person: Person) -> None:
    """Who leaves and who stays, in lines."""
    print(printable(f"leaving: {_named(person.ids)}"))
    if person.shared:
        print(
            printable(
                f"staying, because others use them too: {_named(person.shared)}; rows there that "
                "name a leaving id go, the others stay; forget such an id itself to remove all"
            )
        )
    if person.led_to:
        print(
            printable(
                f"staying, although a leaving id leads to them: {_named(person.led_to)}; to forget "
                "the whole person, forget the user"
            )
        )
    if not any(person.rows.values()):
        print("no table holds a row of theirs; rows that arrive later will be kept out")


def _named(ids: list[str]) -> str:
    told = [one if len(one) <= 80 else f"{one[:79]}…" for one in ids[:MOST_NAMED]]
    more = f" and {len(ids) - MOST_NAMED:,} more" if len(ids) > MOST_NAMED else ""
    return ", ".join(told) + more


def _print(person: Person) -> None:
    rows = [
        (name, f"{number:,}")
        for name, number in {**person.rows, **person.source_rows}.items()
        if number
    ]
    total = sum(person.rows.values()) + sum(person.source_rows.values())
    print_table(("table", "rows"), [*rows, ("all", f"{total:,}")])


def _agreed(person: Person, as_json: bool) -> bool:
    """Ask; with --json what is asked stands on standard error."""
    if as_json:
        output(on_stderr=True).print(printable(f"leaving: {_named(person.ids)}"))
    what = count(len(person.ids), "id")
    where = " from the tables and the raw source" if person.source_rows else ""
    try:
        return click.confirm(f"Remove {what} for good{where}?", err=as_json)
    except click.Abort:
        click.echo(err=as_json)
        return False
