"""``python -m runner check``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from runner.checks import ERROR, SEVERITIES, Finding, run_checks
from runner.commands.activity import json_option, print_json, printable
from runner.commands.errors import errors_in_one_line
from runner.commands.maintenance import count, session, wait_option
from runner.errors import VerificationFailed
from runner.fixes import Fixed


@click.command()
@click.option(
    "--fix",
    "is_fix",
    is_flag=True,
    help="Mend what is safe to mend: no row is lost, no reader waits.",
)
@wait_option
@json_option
@errors_in_one_line
def check(is_fix: bool, wait_seconds: float, as_json: bool) -> None:
    """Look for faults of partitions, indexes, statistics, leftovers and accounts.

    Exit code 6 where an error is found and not mended; warnings and notices do not count.
    """
    from runner import fixes, schemas
    from runner.night_models import source_schemas
    from runner.project import Project

    places = schemas.project_schemas(), source_schemas(Project().settings())
    fixed: list[Fixed] = []
    with session("check") as connection:
        if is_fix:
            fixed, left = fixes.fix(connection, *places, wait_seconds=wait_seconds)
        else:
            left = run_checks(connection, *places)
    if as_json:
        print_json(
            {
                "findings": [one.as_dict() for one in left],
                "fixed": [one.as_dict() for one in fixed],
            }
        )
    else:
        _print(left, fixed)
    errors = sum(one.severity == ERROR for one in left)
    if errors:
        raise VerificationFailed(f"check: {count(errors, 'error')}")


def _print(left: Sequence[Finding], fixed: Sequence[Fixed]) -> None:
    for one in fixed:
        if one.is_mended:
            print(printable(f"mended: {one.finding.where}: {one.finding.what}"))
        else:
            why = f" ({one.problem})" if one.problem else ""
            print(printable(f"not mended: {one.finding.where}: {one.finding.what}{why}"))
    for finding in left:
        mend = f"; mend it with: {finding.command}" if finding.command else ""
        print(printable(f"{finding.severity}: {finding.where}: {finding.what}{mend}"))
    numbers = [count(sum(one.severity == name for one in left), name) for name in SEVERITIES]
    print(f"{', '.join(numbers)}" if left else "all is well")
