"""From source rows to kept events, identity calls and rejects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.reference import cleaning
from tests.reference.settings import Settings

EVENT_TABLES = ("tracks", "pages", "screens")
IDENTITY_TABLES = ("identifies", "aliases")
CALL_IDENTITIES = ("anonymous_id", "previous_id", "user_id")
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
SourceRows = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]


@dataclass(frozen=True)
class Event:
    """One kept row of tracks, pages or screens: ids cleaned, blank texts null, the rest as written.

    Its referrer may still be the site itself and its campaign may stand in the URL: what a session
    makes of them is `campaign` and `outside_referrer`.
    """

    source_name: str
    source_table: str
    id: str
    anonymous_id: str | None
    user_id: str | None
    event: str | None
    event_text: str | None
    timestamp: datetime
    received_at: datetime
    page_url: str | None
    referrer: str | None
    context_campaign_source: str | None
    context_campaign_medium: str | None
    context_campaign_name: str | None
    context_campaign_term: str | None
    context_campaign_content: str | None
    context_ip: str | None
    context_user_agent: str | None

    @property
    def identity(self) -> str:
        """The id whose alias the event belongs to."""
        identity = self.user_id if self.user_id is not None else self.anonymous_id
        assert identity is not None
        return identity

    @property
    def order(self) -> tuple[datetime, str, str]:
        """The order of events: (timestamp, id), the source's name as the last tie-breaker."""
        return (self.timestamp, self.id, self.source_name)

    @property
    def campaign(self) -> dict[str, str | None]:
        """The campaign fields: source, medium, campaign, term, content."""
        return cleaning.campaign(vars(self), self.page_url)

    def outside_referrer(self, settings: Settings) -> str | None:
        """The referrer, unless it is the site itself."""
        return cleaning.outside_referrer(self.referrer, self.page_url, settings.own_domains)

    def is_named(self, names: Iterable[str]) -> bool:
        """Whether event or event_text is one of the names."""
        return self.event in names or self.event_text in names

    def is_page_view(self, settings: Settings) -> bool:
        """A row of pages, or a track named as a page view."""
        if self.source_table == "pages":
            return True
        return self.source_table == "tracks" and self.is_named(settings.page_view_events)


@dataclass(frozen=True)
class IdentityCall:
    """One winning row of identifies or aliases."""

    source_name: str
    source_table: str
    id: str
    anonymous_id: str | None
    previous_id: str | None
    user_id: str | None
    email_domain: str | None
    timestamp: datetime
    received_at: datetime


@dataclass(frozen=True)
class Load:
    """What a set of source rows comes to."""

    events: list[Event]
    calls: list[IdentityCall]
    rejected: Counter[tuple[str, str, str]]
    ignored_calls: Counter[tuple[str, str, str]]
    duplicate_events: int


def reject_reason(
    row: Mapping[str, Any],
    settings: Settings,
    identities: Sequence[str] = ("anonymous_id", "user_id"),
) -> str | None:
    """Why a row cannot be used, or null if it can."""
    received_at = cleaning.utc(row.get("received_at"))
    timestamp = cleaning.utc(row.get("timestamp"))
    ids = [cleaning.clean_id(row.get(column), settings.blocked_ids) for column in identities]
    if cleaning.clean_id(row.get("id"), settings.blocked_ids) is None:
        return "missing_id"
    if all(identity is None for identity in ids):
        return "missing_identity"
    if received_at is None:
        return "missing_received_at"
    if timestamp is None:
        return "missing_timestamp"
    if timestamp > received_at + timedelta(hours=24):
        return "timestamp_after_received_at"
    if timestamp < EARLIEST:
        return "timestamp_before_2000"
    return None


def read_event(
    source_name: str, source_table: str, row: Mapping[str, Any], settings: Settings
) -> Event:
    """Read a row that is not rejected."""
    page_url = cleaning.non_blank(row.get("url"), row.get("context_page_url"))
    return Event(
        source_name=source_name,
        source_table=source_table,
        id=cleaning.clean_id(row["id"], settings.blocked_ids),
        anonymous_id=cleaning.clean_id(row.get("anonymous_id"), settings.blocked_ids),
        user_id=cleaning.clean_id(row.get("user_id"), settings.blocked_ids),
        event=row.get("event"),
        event_text=row.get("event_text"),
        timestamp=cleaning.utc(row["timestamp"]),
        received_at=cleaning.utc(row["received_at"]),
        page_url=page_url,
        referrer=cleaning.non_blank(row.get("referrer"), row.get("context_page_referrer")),
        **{column: cleaning.non_blank(row.get(column)) for column in cleaning.CAMPAIGN_COLUMNS},
        context_ip=row.get("context_ip"),
        context_user_agent=row.get("context_user_agent"),
    )


def read_call(
    source_name: str, source_table: str, row: Mapping[str, Any], settings: Settings
) -> IdentityCall:
    """Read an identifies or aliases row that is not ignored."""
    ids = {
        column: cleaning.clean_id(row.get(column), settings.blocked_ids)
        for column in ("id", "anonymous_id", "previous_id", "user_id")
    }
    return IdentityCall(
        source_name=source_name,
        source_table=source_table,
        timestamp=cleaning.utc(row["timestamp"]),
        received_at=cleaning.utc(row["received_at"]),
        email_domain=cleaning.email_domain(row.get("email")),
        **ids,
    )


def nulls_first(*values: str | None) -> tuple[tuple[bool, str], ...]:
    """A sorting key: null before every text, texts by their bytes."""
    return tuple((value is not None, value or "") for value in values)


def event_copy_order(event: Event) -> tuple[Any, ...]:
    """Of the copies of an event the first by this order is kept."""
    return (
        event.received_at,
        event.timestamp,
        event.source_table,
        nulls_first(
            event.event,
            event.event_text,
            event.anonymous_id,
            event.user_id,
            event.page_url,
            event.referrer,
            *(getattr(event, column) for column in cleaning.CAMPAIGN_COLUMNS),
            event.context_ip,
            event.context_user_agent,
        ),
    )


def call_copy_order(call: IdentityCall) -> tuple[Any, ...]:
    """Of the copies of an identity call the first by this order teaches."""
    return (
        call.received_at,
        call.timestamp,
        call.source_table,
        nulls_first(call.anonymous_id, call.previous_id, call.user_id, call.email_domain),
    )


def load(sources: SourceRows, settings: Settings) -> Load:
    """Sort all rows of all sources into events, identity calls, rejects and duplicates."""
    rejected: Counter[tuple[str, str, str]] = Counter()
    ignored: Counter[tuple[str, str, str]] = Counter()
    events: dict[tuple[str, str], list[Event]] = {}
    calls: dict[tuple[str, str], list[IdentityCall]] = {}
    for source_name, tables in sources.items():
        for table in EVENT_TABLES:
            for row in tables.get(table, ()):
                reason = reject_reason(row, settings)
                if reason is not None:
                    rejected[(source_name, table, reason)] += 1
                    continue
                event = read_event(source_name, table, row, settings)
                events.setdefault((source_name, event.id), []).append(event)
        for table in IDENTITY_TABLES:
            for row in tables.get(table, ()):
                reason = reject_reason(row, settings, CALL_IDENTITIES)
                if reason is not None:
                    ignored[(source_name, table, reason)] += 1
                    continue
                call = read_call(source_name, table, row, settings)
                calls.setdefault((source_name, call.id), []).append(call)
    return Load(
        events=sorted(
            (min(copies, key=event_copy_order) for copies in events.values()),
            key=lambda event: event.order,
        ),
        calls=[min(copies, key=call_copy_order) for copies in calls.values()],
        rejected=rejected,
        ignored_calls=ignored,
        duplicate_events=sum(len(copies) - 1 for copies in events.values()),
    )
