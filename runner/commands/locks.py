"""``python -m runner locks``: who waits for whom, and whether a night could start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from rich.text import Text
from rich.tree import Tree

from runner import activity
from runner import locks as lock_logic
from runner.commands.activity import (
    age,
    first_line,
    hidden_notice,
    json_option,
    notice,
    output,
    print_json,
    printable,
    saying_if_stopped,
)
from runner.commands.errors import errors_in_one_line
from runner.errors import BlockedByLocks
from runner.locks import Blocker, Node
from runner.schemas import project_schemas


@click.command()
@click.option(
    "--wait",
    default=None,
    type=click.FloatRange(min=0, max=86_400),
    metavar="SECONDS",
    help="Wait at most so long until no lock on the project's tables is in the way of a night; "
    "exit code 4 if one still is.",
)
@json_option
@errors_in_one_line
def locks(wait: float | None, as_json: bool) -> None:
    """Show who waits for whom and for what lock, those that hold the others up first."""
    with saying_if_stopped("stopped waiting"), activity.guarded_session("locks") as connection:
        if wait is None:
            _print_tree(connection, as_json)
        else:
            _wait(connection, wait, as_json)


def _wait(connection: activity.Connection, seconds: float, as_json: bool) -> None:
    """Say that the tables are free.

    Raises:
        BlockedByLocks: they are not; names those in the way.
    """
    left = lock_logic.wait_until_free(connection, project_schemas(), seconds)
    if as_json:
        print_json([one.as_dict() for one in left])
    if left:
        raise BlockedByLocks(_in_the_way(left, seconds))
    if not as_json:
        print("free: no lock on the project's tables is in the way of a night")


def _in_the_way(left: Sequence[Blocker], seconds: float) -> str:
    named = "; ".join(printable(one.describe()) for one in left)
    return (
        f"the tables are not free after {seconds:g} s: {named}; "
        "`python -m runner rm --force PID` ends a session"
    )


def _print_tree(connection: activity.Connection, as_json: bool) -> None:
    sessions = activity.fetch_sessions(connection)
    roots = lock_logic.lock_tree(sessions)
    shown = [node.session for root in roots for _, node in root.walk()]
    notice(hidden_notice(connection, shown), as_json)
    if as_json:
        print_json([_nested(root) for root in roots])
        return
    console = output()
    if not roots:
        console.print("nobody waits for a lock")
    for root in roots:
        if console.is_terminal:
            console.print(_rich_tree(root))
            continue
        for depth, node in root.walk():
            console.print(Text("  " * depth + _label(node)))


def _rich_tree(root: Node) -> Tree:
    path: list[Tree] = []
    for depth, node in root.walk():
        text = Text(_label(node), no_wrap=True, overflow="ellipsis")
        text.highlight_regex(r"idle in transaction", "bold red")
        tree = path[depth - 1].add(text) if depth else Tree(text)
        path[depth:] = [tree]
    return path[0]


def _nested(root: Node) -> dict[str, Any]:
    path: list[dict[str, Any]] = []
    for depth, node in root.walk():
        shown = {**node.session.as_dict(), "is_repeated": node.is_repeated, "waiters": []}
        if depth:
            path[depth - 1]["waiters"].append(shown)
        path[depth:] = [shown]
    return path[0]


def _label(node: Node) -> str:
    """One line: who, in what state, since when, what it waits for, its query."""
    one = node.session
    waited = f" for {age(one.awaited_seconds)} s" if one.awaited_seconds is not None else ""
    parts = (
        str(one.pid or "no pid"),
        one.user,
        one.application,
        one.state or (one.kind if one.kind != activity.CLIENT else ""),
        one.transaction_seconds is not None and f"transaction {age(one.transaction_seconds)} s",
        one.awaited_lock and f"waits{waited}: {one.awaited_lock} on {one.awaited_on}",
        "(its waiters stand above)" if node.is_repeated else first_line(one.query),
    )
    return printable("  ".join(part for part in parts if part))
