"""Attribution: one row per alias with a signup, and its four touches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.reference import cleaning
from tests.reference.events import Event
from tests.reference.settings import Settings

TOUCHES = ("first_touch", "last_touch", "first_attributed_touch", "last_attributed_touch")


def alias_signup_at(events: Sequence[Event], settings: Settings) -> datetime | None:
    """The time of the earliest signup event among one alias's events."""
    signups = [event for event in events if event.is_named(settings.signup_events)]
    return min(signups, key=lambda event: event.order).timestamp if signups else None


def touch_columns(touch: str, session: dict[str, Any] | None) -> dict[str, Any]:
    """The five columns of a touch, all null where there is none."""
    found = session or {}
    return {
        f"{touch}_timestamp": found.get("started_at"),
        f"{touch}_source": found.get("source"),
        f"{touch}_campaign": found.get("utm_campaign"),
        f"{touch}_medium": found.get("medium"),
        f"{touch}_referrer": found.get("referrer"),
    }


def attribution_row(
    alias_id: str, events: Sequence[Event], sessions: Sequence[dict[str, Any]], settings: Settings
) -> dict[str, Any] | None:
    """The row of one alias, from its events and sessions in order, those that count; null without
    signup.
    """
    signup_at = alias_signup_at(events, settings)
    if signup_at is None:
        return None
    pages = [event for event in events if event.page_url is not None]
    blog = [
        event.page_url
        for event in pages
        if event.timestamp <= signup_at
        and cleaning.is_blog_url(event.page_url, settings.blog_url_pattern)
    ]
    signup_session = next(row for row in sessions if row["is_signup_session"])
    before = [row for row in sessions if row["started_at"] < signup_session["started_at"]]
    # A touch is a session that started at or before the signup: what comes after led nobody to it.
    reaching = [row for row in sessions if row["started_at"] <= signup_at]
    paid = [row for row in reaching if row["is_paid"]]
    return {
        "alias_id": alias_id,
        "signup_timestamp": signup_at,
        "session_count_before_signup": len(before),
        "blog_url": blog[0] if blog else None,
        "first_page_ever_visited": pages[0].page_url if pages else None,
        **touch_columns("first_touch", reaching[0]),
        **touch_columns("last_touch", reaching[-1]),
        **touch_columns("first_attributed_touch", paid[0] if paid else None),
        **touch_columns("last_attributed_touch", paid[-1] if paid else None),
    }
