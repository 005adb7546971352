"""Sessions: runs of one alias's events, and what their entry says of where they came from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.reference import cleaning
from tests.reference.events import Event
from tests.reference.settings import Settings

Classifier = Callable[[str | None], tuple[str, str]]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Session:
    """One session with its events in order."""

    alias_id: str
    number: int
    events: list[Event]

    @property
    def started_at(self) -> datetime:
        """The time of its first event."""
        return self.events[0].timestamp

    @property
    def ended_at(self) -> datetime:
        """The time of its last event."""
        return self.events[-1].timestamp

    @property
    def session_id(self) -> str:
        """The same as long as alias and start are the same."""
        start = (self.started_at - EPOCH) // timedelta(microseconds=1)
        return hashlib.md5(f"{self.alias_id}|{start}".encode()).hexdigest()

    @property
    def entry(self) -> Event:
        """The first event with a page URL; if none has one, the first event."""
        with_page = [event for event in self.events if event.page_url is not None]
        return with_page[0] if with_page else self.events[0]

    @property
    def last_page_url(self) -> str | None:
        """The page URL of the last event that has one."""
        urls = [event.page_url for event in self.events if event.page_url is not None]
        return urls[-1] if urls else None

    def signup_at(self, settings: Settings) -> datetime | None:
        """The first signup event in it."""
        signups = [e.timestamp for e in self.events if e.is_named(settings.signup_events)]
        return signups[0] if signups else None


def sessions_of_alias(alias_id: str, events: Iterable[Event], settings: Settings) -> list[Session]:
    """Cut an alias's events wherever the gap is longer than the timeout."""
    runs: list[list[Event]] = []
    for event in sorted(events, key=lambda one: one.order):
        if runs and event.timestamp - runs[-1][-1].timestamp <= settings.session_timeout:
            runs[-1].append(event)
        else:
            runs.append([event])
    return [Session(alias_id, number, run) for number, run in enumerate(runs, start=1)]


def is_paid(utm_medium: str | None, click_id: str | None) -> bool:
    """GA4's paid rules on the medium, or a click id that only paid clicks carry."""
    if utm_medium is not None:
        medium = utm_medium.lower()
        if re.fullmatch(r".*cp.*|ppc|retargeting|paid.*", medium, re.DOTALL):
            return True
        if medium in ("display", "banner", "expandable", "interstitial"):
            return True
    return click_id is not None and click_id != "fbclid"


def duration_seconds(session: Session) -> Decimal:
    """The length of a session, to the microsecond."""
    micros = (session.ended_at - session.started_at) // timedelta(microseconds=1)
    return Decimal(micros) / 1_000_000


def session_row(
    session: Session, alias_signup_at: datetime | None, settings: Settings, classify: Classifier
) -> dict[str, Any]:
    """The row of sessions.all_sessions, without its channel."""
    entry = session.entry
    click = cleaning.click_id(entry.page_url)
    campaign = entry.campaign
    referrer = entry.outside_referrer(settings)
    source, medium = classify(referrer)
    signup_at = session.signup_at(settings)
    return {
        "session_id": session.session_id,
        "alias_id": session.alias_id,
        "session_number": session.number,
        "started_at": session.started_at,
        "ended_at": session.ended_at,
        "duration_seconds": duration_seconds(session),
        "event_count": len(session.events),
        "page_view_count": sum(event.is_page_view(settings) for event in session.events),
        "first_page_url": entry.page_url,
        "last_page_url": session.last_page_url,
        "referrer": referrer,
        "utm_source": campaign["source"],
        "utm_medium": campaign["medium"],
        "utm_campaign": campaign["campaign"],
        "utm_term": campaign["term"],
        "utm_content": campaign["content"],
        "click_id": click,
        "source": source if campaign["source"] is None else campaign["source"],
        "medium": medium if campaign["medium"] is None else campaign["medium"],
        "is_paid": is_paid(campaign["medium"], click),
        "signup_at": signup_at,
        "is_signup_session": signup_at is not None and signup_at == alias_signup_at,
    }


def useful_sessions(
    all_sessions: Iterable[dict[str, Any]], users: set[str]
) -> list[dict[str, Any]]:
    """Of every alias that is a user: its first session and its signup session."""
    return [
        {**row, "is_first_session": row["session_number"] == 1}
        for row in all_sessions
        if row["alias_id"] in users and (row["session_number"] == 1 or row["is_signup_session"])
    ]
