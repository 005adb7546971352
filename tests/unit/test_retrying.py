"""What is worth another attempt, told without a server."""

from __future__ import annotations

from datetime import timedelta

import psycopg2
import pytest

from runner.errors import (
    ConnectionFailed,
    ModelsFailed,
    ProjectError,
    RunnerError,
    VerificationFailed,
)
from runner.retrying import can_heal, is_busy, retry, sqlstate_of


@pytest.mark.parametrize(
    "state",
    ["55P03", "40P01", "40001", "08006", "08001", "57P01", "57P03", "53100", "53300", "57014"],
)
def test_time_heals(state: str) -> None:
    assert can_heal(ModelsFailed("all_sessions: something", state))


@pytest.mark.parametrize("state", [None, "42601", "42703", "42P01", "22P02", "23505", "28P01"])
def test_time_does_not_heal(state: str | None) -> None:
    assert not can_heal(ModelsFailed("all_sessions: something", state))


@pytest.mark.parametrize(
    "error", [ProjectError("bad var"), VerificationFailed("a test failed"), ValueError("a slip")]
)
def test_what_is_no_error_of_the_server_is_not_tried_again(error: Exception) -> None:
    assert not can_heal(error)


@pytest.mark.parametrize(
    ("text", "heals", "busy"),
    [
        ("connection to server at x, port 1 failed: Connection refused", True, False),
        ("connection to server failed: FATAL: the database system is starting up", True, True),
        ("connection to server failed: FATAL: sorry, too many clients already", True, True),
        ("server closed the connection unexpectedly", True, False),
        (
            'connection to server failed: FATAL: password authentication failed for "x"',
            False,
            False,
        ),
        ('connection to server failed: FATAL: database "x" does not exist', False, False),
        ("could not do something else", False, False),
    ],
)
def test_a_session_that_does_not_stand_is_known_by_its_message(
    text: str, heals: bool, busy: bool
) -> None:
    assert can_heal(ConnectionFailed(text)) is heals
    assert is_busy(ConnectionFailed(text)) is busy
    assert can_heal(psycopg2.OperationalError(text)) is heals


def test_a_closed_handle_is_a_lost_connection() -> None:
    assert can_heal(psycopg2.InterfaceError("cursor already closed"))


def test_it_is_done_until_it_succeeds() -> None:
    left = [ModelsFailed("x", "40P01"), ModelsFailed("x", "55P03")]
    told: list[tuple[str | None, float]] = []

    def action() -> str:
        if left:
            raise left.pop()
        return "done"

    result = retry(
        action,
        before_pause=lambda error, seconds: told.append((sqlstate_of(error), seconds)),
        first_pause=0.01,
    )
    assert result == "done"
    assert [state for state, _ in told] == ["55P03", "40P01"]
    assert all(0 < seconds < 1.1 for _, seconds in told)


def test_it_is_given_up_when_the_time_is_spent() -> None:
    tries = []

    def action() -> None:
        tries.append(1)
        raise ModelsFailed("x", "40P01")

    with pytest.raises(ModelsFailed):
        retry(action, budget=timedelta(seconds=0.05), first_pause=0.01)
    assert len(tries) >= 2


def test_what_cannot_heal_is_done_once() -> None:
    tries = []

    def action() -> None:
        tries.append(1)
        raise RunnerError("x", "42601")

    with pytest.raises(RunnerError):
        retry(action)
    assert len(tries) == 1
