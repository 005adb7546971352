"""What a failed invocation of dbt means: a typed error of one line, with the server's SQLSTATE."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2

from runner.errors import (
    ModelsFailed,
    ProjectError,
    RebuildNeeded,
    RunnerError,
    SourceColumnsError,
    VerificationFailed,
)
from runner.retrying import CONNECTION_LOST, can_heal, lost_server, sqlstate_of_text

_MARK = re.compile(r" ?\[SQLSTATE (\w{5})\]")
FAILED = ("error", "fail", "runtime error", "partial success")

# the project's own errors begin alike: macros/source/source_error.sql, settings/setting_error.sql
_OWN_ERRORS: tuple[tuple[re.Pattern[str], type[RunnerError]], ...] = (
    (re.compile(r"setting '.* no longer agree with it; .*"), RebuildNeeded),
    (re.compile(r"setting '\w+' \(vars\..*"), ProjectError),
    (re.compile(r"source \S.*: (the|both) .*"), SourceColumnsError),
)


def carry_sqlstates() -> None:
    """Let dbt's messages end with the server's SQLSTATE.

    dbt keeps the text of an error and drops its code; but only the code says whether another
    attempt has a chance, whatever language the server speaks.
    """
    from dbt.adapters.postgres.connections import PostgresConnectionManager as Manager
    from dbt_common.exceptions import DbtRuntimeError

    if getattr(Manager, "carries_sqlstates", False):
        return
    original = Manager.exception_handler

    @contextmanager
    def exception_handler(self: Any, sql: str) -> Iterator[None]:
        try:
            with original(self, sql):
                yield
        except DbtRuntimeError as error:
            code = _code(error.__cause__)
            if code and not _MARK.search(str(error.msg)):
                error.msg = f"{error.msg} [SQLSTATE {code}]"
            raise

    Manager.exception_handler = exception_handler
    Manager.carries_sqlstates = True


def _code(cause: BaseException | None) -> str | None:
    if isinstance(cause, psycopg2.Error) and cause.pgcode:
        return str(cause.pgcode)
    if isinstance(cause, (psycopg2.OperationalError, psycopg2.InterfaceError)):
        return CONNECTION_LOST
    return None


def one_line(text: str) -> str:
    """dbt's message without its headings, the SQL it quotes, its line breaks and our mark."""
    text = _MARK.sub("", text)
    text = re.sub(r"(Compilation|Database|Runtime|Parsing|Validation) Error[^\n]*\n", "", text)
    text = re.sub(r"(?s)\n\s*(> in macro|> called by|LINE \d+:|compiled code at).*", "", text)
    return " ".join(text.split())


def failure(result: Any, errors: Sequence[str]) -> RunnerError:
    """The cause of a failed invocation.

    Of several failed nodes the first whose session was ended, since others may fail for want of
    what a crash took; else the first that no second attempt can heal; else the first.

    Args:
        result: of ``dbtRunner.invoke``.
        errors: what dbt logged as errors meanwhile.
    """
    nodes = getattr(result.result, "results", None) or []
    found: list[RunnerError] = []
    left = []
    for node in nodes:
        status = str(getattr(node.status, "value", node.status))
        # an operation has no node
        name = node.node.name if hasattr(node, "node") else ""
        if status in (*FAILED, "skipped"):
            left.append(name)
        if status in FAILED:
            found.append(_of_node(name, status, str(node.message or "; ".join(errors))))
    if not found:
        cause = str(result.exception or "") or "; ".join(errors) or "dbt failed without a word"
        return _typed("", cause)
    lost = next((one for one in found if lost_server(one)), None)
    error = lost or next((one for one in found if not can_heal(one)), found[0])
    if isinstance(error, ModelsFailed) and not lost:
        error.nodes_left = tuple(left)
    return error


def _of_node(name: str, status: str, message: str) -> RunnerError:
    if status == "fail":
        return VerificationFailed(f"test {name} failed: {one_line(message)}")
    return _typed(name, message)


def _typed(name: str, message: str) -> RunnerError:
    line = one_line(message)
    for pattern, error in _OWN_ERRORS:
        found = pattern.search(line)
        if found:
            return error(found.group())
    mark = _MARK.search(message)
    state = mark[1] if mark else sqlstate_of_text(line)
    if name or state:
        return ModelsFailed(f"{name or 'dbt'}: {line}", state)
    return ProjectError(f"dbt: {line}")
