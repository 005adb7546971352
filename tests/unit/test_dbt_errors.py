"""Which of several failed nodes tells what became of a run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from runner.dbt_errors import failure
from runner.errors import ModelsFailed
from runner.retrying import can_heal

MISSING = 'relation "known_pairs" does not exist [SQLSTATE 42P01]'
CRASHED = "server closed the connection unexpectedly [SQLSTATE 08006]"
WAITED = "canceling statement due to lock timeout [SQLSTATE 55P03]"


def outcome(**messages: str) -> Any:
    """What dbt returns where these models failed, and one waited behind them."""
    nodes = [
        SimpleNamespace(status="error", message=message, node=SimpleNamespace(name=name))
        for name, message in messages.items()
    ]
    behind = SimpleNamespace(status="skipped", message="", node=SimpleNamespace(name="behind"))
    return SimpleNamespace(result=SimpleNamespace(results=[*nodes, behind]), exception=None)


def test_what_no_second_attempt_heals_comes_first() -> None:
    error = failure(outcome(first=WAITED, second=MISSING), [])
    assert not can_heal(error) and str(error).startswith("second: relation")


def test_only_what_failed_is_done_again() -> None:
    error = failure(outcome(first=WAITED), [])
    assert isinstance(error, ModelsFailed) and can_heal(error)
    assert error.nodes_left == ("first", "behind")


def test_a_lost_server_may_have_taken_what_another_model_misses() -> None:
    error = failure(outcome(first=MISSING, second=CRASHED), [])
    assert isinstance(error, ModelsFailed) and can_heal(error)
    assert error.sqlstate == "08006" and error.nodes_left == ()
