"""``python -m runner doctor``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from runner.checks import ERROR, WARNING, Finding
from runner.commands.activity import json_option, print_json, printable
from runner.commands.errors import errors_in_one_line
from runner.commands.maintenance import count, database_errors
from runner.errors import RunnerError


class NotReady(RunnerError):
    """Something is in the way of a run."""


@click.command()
@json_option
@errors_in_one_line
def doctor(as_json: bool) -> None:
    """Look over all that a first run needs, and say how to mend what is not well.

    Connection, version, privileges, source tables and columns, index on received_at, disk,
    settings that hurt, clock, alert routes. Nothing is changed, nothing is sent. Exit code 1
    where something is in the way of a run; warnings and notices do not count.
    """
    from runner.doctor import OK, examine
    from runner.masking import masked_all

    with database_errors("doctor"):
        found = examine()
    if as_json:
        shown = [
            {key: value for key, value in one.as_dict().items() if key != "is_safe_to_fix"}
            for one in found
        ]
        print_json({"checks": masked_all(shown)})
    else:
        _print(found)
    errors = sum(one.severity == ERROR for one in found)
    if errors:
        raise NotReady(f"doctor: {count(errors, 'thing')} in the way of a run")
    if not as_json:
        warnings = sum(one.severity == WARNING for one in found)
        checks = sum(one.severity == OK for one in found)
        print(f"{checks} ok, {count(warnings, 'warning')}: a run can start")


def _print(found: Sequence[Finding]) -> None:
    from runner.masking import masked

    for one in found:
        line = f"{one.severity}: {one.kind}: {one.where}: {one.what}"
        print(printable(masked(line)))
        if one.command:
            print(printable(f"    mend it with: {masked(one.command)}"))
