"""All tables of the contract from a set of source rows and the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tests.reference.attribution import alias_signup_at, attribution_row
from tests.reference.events import Event, Load, SourceRows, load
from tests.reference.exclusions import insiders
from tests.reference.identity import alias_of, known_pairs, users, ways_out
from tests.reference.referrers import project_referrers
from tests.reference.sessions import (
    Classifier,
    Session,
    excluded_sessions,
    exclusion_reason,
    session_row,
    sessions_of_alias,
    useful_sessions,
)
from tests.reference.settings import Settings

Row = dict[str, Any]


@dataclass(frozen=True)
class Tables:
    """The rows of every table, each list in the order of the table's key."""

    app_tracks: list[Row]
    rejected_events: list[Row]
    known_pairs: list[Row]
    identity_map: list[Row]
    all_sessions: list[Row]
    useful_sessions: list[Row]
    excluded_sessions: list[Row]
    attribution: list[Row]
    rows_read: int
    duplicates: int

    def by_name(self) -> dict[str, list[Row]]:
        """The rows by schema-qualified table name."""
        return {
            "partitioning.app_tracks": self.app_tracks,
            "partitioning.rejected_events": self.rejected_events,
            "aliasing.known_pairs": self.known_pairs,
            "aliasing.identity_map": self.identity_map,
            "sessions.all_sessions": self.all_sessions,
            "sessions.useful_sessions": self.useful_sessions,
            "sessions.excluded_sessions": self.excluded_sessions,
            "sessions.attribution": self.attribution,
        }


def events_by_alias(events: list[Event], out: Mapping[str, str]) -> dict[str, list[Event]]:
    """The events of each alias, in order."""
    found: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda one: one.order):
        found.setdefault(alias_of(event.identity, out), []).append(event)
    return found


def rejected_counts(loaded: Load) -> list[Row]:
    """How many rows of each source table were rejected, by reason."""
    return [
        {"source_name": source, "source_table": table, "reason": reason, "rows": rows}
        for (source, table, reason), rows in sorted(loaded.rejected.items())
    ]


def contract_tables(
    sources: SourceRows,
    settings: Settings | None = None,
    classify: Classifier | None = None,
) -> Tables:
    """Read the contract: source name -> table -> rows in, every table out."""
    settings = settings or Settings()
    classify = classify or project_referrers()
    loaded = load(sources, settings)
    pairs = known_pairs(loaded.events, loaded.calls)
    out = ways_out(pairs, settings)
    ids = {event.identity for event in loaded.events} | set(out) | set(out.values())
    aliases = {one: alias_of(one, out) for one in ids}
    excluded = insiders(ids, loaded.calls, aliases, settings)
    sessions: list[Row] = []
    attribution: list[Row] = []
    for alias_id, events in sorted(events_by_alias(loaded.events, out).items()):
        found: list[Session] = sessions_of_alias(alias_id, events, settings)
        reasons = [exclusion_reason(session, alias_id in excluded, settings) for session in found]
        counting = [
            event
            for session, reason in zip(found, reasons, strict=True)
            if reason is None
            for event in session.events
        ]
        signup_at = alias_signup_at(counting, settings)
        rows = [
            session_row(session, reason, signup_at, settings, classify)
            for session, reason in zip(found, reasons, strict=True)
        ]
        counted = [row for row in rows if row["exclusion_reason"] is None]
        for row in rows:
            row["is_first_session"] = bool(counted) and row is counted[0]
        sessions.extend(rows)
        attributed = attribution_row(alias_id, counting, counted, settings)
        if attributed is not None:
            attribution.append(attributed)
    return Tables(
        app_tracks=[asdict(event) for event in loaded.events],
        rejected_events=rejected_counts(loaded),
        known_pairs=[asdict(pair) for pair in pairs],
        identity_map=[
            {"id": one, "next_id": following, "alias_id": alias_of(one, out)}
            for one, following in sorted(out.items())
        ],
        all_sessions=sessions,
        useful_sessions=useful_sessions(sessions, users(loaded.events, pairs)),
        excluded_sessions=excluded_sessions(sessions),
        attribution=attribution,
        rows_read=len(loaded.events) + loaded.duplicate_events + sum(loaded.rejected.values()),
        duplicates=loaded.duplicate_events,
    )
