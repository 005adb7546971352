"""Who is who: observed pairs of ids, the one way out of each id, and where it ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tests.reference.events import Event, IdentityCall
from tests.reference.settings import Settings


@dataclass(frozen=True)
class Pair:
    """One distinct pair of ids, with the first and the last time it was seen."""

    anonymous_id: str
    user_id: str
    first_seen_at: datetime
    last_seen_at: datetime


def links(
    events: Iterable[Event], calls: Iterable[IdentityCall]
) -> list[tuple[str, str, datetime]]:
    """Every observation that links one id to another: (from, to, event time)."""
    observed = []
    for event in events:
        observed.append((event.anonymous_id, event.user_id, event.timestamp))
    for call in calls:
        observed.append((call.anonymous_id, call.user_id, call.timestamp))
        if call.source_table == "aliases":
            observed.append((call.previous_id, call.user_id, call.timestamp))
    return [
        (origin, user, seen_at)
        for origin, user, seen_at in observed
        if origin is not None and user is not None and origin != user
    ]


def known_pairs(events: Iterable[Event], calls: Iterable[IdentityCall]) -> list[Pair]:
    """One row per distinct pair."""
    seen: dict[tuple[str, str], list[datetime]] = {}
    for origin, user, seen_at in links(events, calls):
        seen.setdefault((origin, user), []).append(seen_at)
    return [
        Pair(origin, user, min(times), max(times)) for (origin, user), times in sorted(seen.items())
    ]


def ways_out(pairs: Iterable[Pair], settings: Settings) -> dict[str, str]:
    """The link that counts of each id: the earliest, then the one to the smaller user_id."""
    leaving: dict[str, list[Pair]] = {}
    for pair in pairs:
        leaving.setdefault(pair.anonymous_id, []).append(pair)
    most = settings.max_users_per_anonymous_id
    return {
        origin: min(found, key=lambda pair: (pair.first_seen_at, pair.user_id)).user_id
        for origin, found in leaving.items()
        if most is None or len(found) <= most
    }


def alias_of(identity: str, out: dict[str, str]) -> str:
    """Follow the ways out to their end, or to the smallest id of the cycle they run into."""
    walked = [identity]
    while walked[-1] in out:
        following = out[walked[-1]]
        if following in walked:
            return min(walked[walked.index(following) :])
        walked.append(following)
    return walked[-1]


def users(events: Iterable[Event], pairs: Iterable[Pair]) -> set[str]:
    """Every id that some event or link carries as a user_id."""
    return {event.user_id for event in events if event.user_id is not None} | {
        pair.user_id for pair in pairs
    }
