"""Sessions: runs of one alias's events, and what their entry says of where they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.reference import cleaning
from tests.reference.channels import project_channels
from tests.reference.events import Event
from tests.reference.exclusions import event_exclusion
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


def duration_seconds(session: Session) -> Decimal:
    """The length of a session, to the microsecond."""
    micros = (session.ended_at - session.started_at) // timedelta(microseconds=1)
    return Decimal(micros) / 1_000_000


def exclusion_reason(session: Session, is_insider: bool, settings: Settings) -> str | None:
    """Why a session does not count, null if it does: by its entry, else by who the person is."""
    reason = event_exclusion(session.entry, settings)
    return "email_domain" if reason is None and is_insider else reason


def session_row(
    session: Session,
    reason: str | None,
    alias_signup_at: datetime | None,
    settings: Settings,
    classify: Classifier,
) -> dict[str, Any]:
    """The row of sessions.all_sessions, but for which session is the first."""
    entry = session.entry
    click = cleaning.click_id(entry.page_url)
    campaign = entry.campaign
    referrer = entry.outside_referrer(settings)
    source, medium = classify(referrer)
    signup_at = session.signup_at(settings)
    judged = project_channels()(campaign, click, referrer, entry.page_url)
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
        "canonical_source": judged.canonical_source,
        "channel": judged.channel,
        "channel_rule": judged.channel_rule,
        "is_paid": project_channels().is_paid(campaign["medium"], click),
        "exclusion_reason": reason,
        "signup_at": signup_at,
        "is_signup_session": (
            reason is None and signup_at is not None and signup_at == alias_signup_at
        ),
    }


def useful_sessions(
    all_sessions: Iterable[dict[str, Any]], users: set[str]
) -> list[dict[str, Any]]:
    """Of every alias that is a user: its first session that counts and its signup session."""
    return [
        row
        for row in all_sessions
        if row["alias_id"] in users and (row["is_first_session"] or row["is_signup_session"])
    ]


EXCLUDED_COLUMNS = (
    *("session_id", "alias_id", "started_at", "exclusion_reason", "event_count"),
    *("page_view_count", "signup_at", "source", "medium", "channel"),
)


def excluded_sessions(all_sessions: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The sessions that do not count."""
    return [
        {name: row[name] for name in EXCLUDED_COLUMNS}
        for row in all_sessions
        if row["exclusion_reason"] is not None
    ]
