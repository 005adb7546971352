"""Kinds of values that more than one command takes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Duration(click.ParamType):
    """A number with s, m, h or d, as in 90s or 2h; a bare number is seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read it."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no duration; write it as in 90s, 10m or 2h", param, ctx)
        try:
            return timedelta(**{_UNITS[found[2] or "s"]: float(found[1])})
        except OverflowError:
            self.fail(f"{value!r} is longer than anyone waits", param, ctx)


class Moment(click.ParamType):
    """A date or a time in ISO 8601; UTC where it names no zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it; returned as ISO 8601 in UTC."""
        try:
            moment = datetime.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(
                f"{value!r} is no time; write it as in 2026-01-31 or 2026-01-31T06:00Z", param, ctx
            )
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat()
