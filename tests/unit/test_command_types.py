"""Durations and times as people write them."""

from __future__ import annotations

from datetime import timedelta

import click
import pytest

from runner.commands.types import Duration, Moment


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("90", timedelta(seconds=90)),
        ("90s", timedelta(seconds=90)),
        ("1.5m", timedelta(seconds=90)),
        ("2h", timedelta(hours=2)),
        ("0", timedelta()),
        ("1 d", timedelta(days=1)),
    ],
)
def test_durations(written: str, meant: timedelta) -> None:
    assert Duration().convert(written, None, None) == meant


@pytest.mark.parametrize("written", ["", "h", "-1", "2 weeks", "1e3", "99999999999d"])
def test_what_is_no_duration(written: str) -> None:
    with pytest.raises(click.BadParameter):
        Duration().convert(written, None, None)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-31", "2026-01-31T00:00:00+00:00"),
        ("2026-01-31T06:00+02:00", "2026-01-31T04:00:00+00:00"),
        ("2026-01-31 06:00:00Z", "2026-01-31T06:00:00+00:00"),
    ],
)
def test_times(written: str, meant: str) -> None:
    assert Moment().convert(written, None, None) == meant


@pytest.mark.parametrize("written", ["", "yesterday", "2026-13-01", "06:00"])
def test_what_is_no_time(written: str) -> None:
    with pytest.raises(click.BadParameter):
        Moment().convert(written, None, None)
