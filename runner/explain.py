"""One person: which ids are theirs, what they did, and why each touch is what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg2.extensions
from psycopg2 import sql

from runner import database
from runner.errors import ExplainError
from runner.forget_person import EMPTY_IDS, SPACES
from runner.schemas import schemas_by_name

Connection = psycopg2.extensions.connection
Row = dict[str, Any]

PLACES = {
    "identity_map": "aliasing",
    "known_pairs": "aliasing",
    "all_sessions": "sessions",
    "attribution": "sessions",
    "channel_rules": "reference",
}
# read where it is there
CHANGES = ("reporting", "attribution_changes")
TOUCHES = ("first_touch", "last_touch", "first_attributed_touch", "last_attributed_touch")
TOUCH_FACTS = ("timestamp", "channel", "source", "medium", "campaign", "referrer")
STALE = "all_sessions has another answer: a run is under way or was cut short"


@dataclass(frozen=True)
class Explanation:
    """What the tables say of a person.

    Attributes:
        asked_id: the id, as the project keeps it.
        alias_id: the person it belongs to.
        chain: from the id, link by link, to the alias.
        ids: all ids of the person, the alias first: each with what it is linked to and since when,
            and with whom else it was seen.
        sessions: in order, each with the rule that gave its channel.
        signup: what attribution says of it; None for one who did not sign up.
        touches: by name: the session that won and why.
        changes: rows of attribution_changes, in order; None where there is no such table, or
            none that this role may read.
    """

    asked_id: str
    alias_id: str
    chain: list[str]
    ids: list[Row]
    sessions: list[Row]
    signup: Row | None
    touches: dict[str, Row]
    changes: list[Row] | None

    def as_dict(self) -> Row:
        """The same with times in ISO 8601, UTC."""
        return _plain(asdict(self))


def explain(asked_id: str) -> Explanation:
    """Read what the tables say of a person, all of it at one moment.

    Args:
        asked_id: a user id or anonymous id, as it was given.

    Raises:
        ExplainError: nobody is known by it, or there are no tables yet.
        psycopg2.Error: the server refused something.
    """
    asked_id = _clean(asked_id)
    schemas = schemas_by_name()
    with database.session() as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True, autocommit=False)
        _check_tables(connection, schemas)
        rows = _fetch(connection, "explain_ids", schemas, {"id": asked_id})
        alias_id = rows[0]["alias_id"]
        ids = _ids(rows)
        person = {"alias_id": alias_id}
        sessions = _fetch(connection, "explain_sessions", schemas, person)
        if not sessions and not any(row["next_id"] or row["user_id"] for row in rows):
            raise ExplainError(
                f"explain: nobody is known by the id {asked_id!r}; ids count as Segment wrote "
                "them, case included, and rows of today follow with the next nightly"
            )
        attribution = _fetch(connection, "explain_attribution", schemas, person)
        changes = None
        if _is_readable(connection, schemas.get(CHANGES[0], CHANGES[0]), CHANGES[1]):
            theirs = {"ids": [one["id"] for one in ids]}
            changes = _fetch(connection, "explain_changes", schemas, theirs)
            for change in changes:
                listed = change["changed_columns"] or ""
                change["changed_columns"] = listed.split(", ") if listed else []
    found = attribution[0] if attribution else None
    for session in sessions:
        session["is_touch"] = found is not None and _is_touch(session, found["signup_timestamp"])
        session["why"] = rule_in_words(session)
    return Explanation(
        asked_id,
        alias_id,
        _chain(asked_id, alias_id, ids),
        ids,
        sessions,
        _signup(found) if found else None,
        {touch: touch_of(touch, found, sessions) for touch in TOUCHES} if found else {},
        changes,
    )


def rule_in_words(session: Mapping[str, Any]) -> str:
    """Why a session has its channel.

    Args:
        session: with channel, channel_rule, rule_description and is_rule_in_force.
    """
    rule = session["channel_rule"]
    if rule is None:
        return "no rule of the list channel_rules holds"
    if not session["is_rule_in_force"]:
        return f"rule {rule}, which the list channel_rules has not any more"
    description = session["rule_description"]
    return f"rule {rule}: {description}" if description else f"rule {rule}"


def touch_of(touch: str, attribution: Mapping[str, Any], sessions: Sequence[Row]) -> Row:
    """A touch of attribution, the session it is, and why that one.

    Args:
        touch: one of ``TOUCHES``.
        attribution: the person's row.
        sessions: all of the person's, in order; each with is_touch.
    """
    paid_only = "attributed" in touch
    chosen = [one for one in sessions if one["is_touch"] and (one["is_paid"] or not paid_only)]
    kind = "paid session" if paid_only else "session"
    place = "first" if touch.startswith("first") else "last"
    winner = chosen[0 if place == "first" else -1] if chosen else None
    facts = {fact: attribution[f"{touch}_{fact}"] for fact in TOUCH_FACTS}
    if facts["timestamp"] != (winner["started_at"] if winner else None):
        winner, why = None, STALE
    elif winner is None:
        why = f"no {kind} up to the signup"
    elif len(chosen) == 1:
        why = f"the only {kind} up to the signup"
    else:
        why = f"the {place} of {len(chosen)} {kind}s up to the signup"
    if winner and winner["is_signup_session"]:
        why += ", the one with the signup"
    return {"session_number": winner["session_number"] if winner else None, **facts, "why": why}


def _clean(asked_id: str) -> str:
    """The id as the project keeps it.

    Raises:
        ExplainError: it is none.
    """
    cleaned = asked_id.strip(SPACES)
    if cleaned.lower() in EMPTY_IDS:
        raise ExplainError(f"explain: {cleaned!r} stands for nobody; name a user or anonymous id")
    try:
        cleaned.encode()
    except UnicodeEncodeError:
        raise ExplainError("explain: the id is no text in UTF-8; name it as it stands") from None
    if "\0" in cleaned:
        raise ExplainError(f"explain: {cleaned!r} holds a zero byte, which no id in Postgres does")
    return cleaned


def _check_tables(connection: Connection, schemas: Mapping[str, str]) -> None:
    """Whether the nightly has made them.

    Raises:
        ExplainError: it has not.
    """
    for table, schema in PLACES.items():
        if not database.table_exists(connection, schemas[schema], table):
            raise ExplainError(
                f"explain: there is no table {schemas[schema]}.{table} yet; "
                "run once: python -m runner nightly"
            )


def _is_readable(connection: Connection, schema: str, table: str) -> bool:
    place = {"schema_name": schema, "table_name": table}
    found = database.fetch_all(connection, database.load_query("readable_table"), place)
    return bool(found and found[0]["is_readable"])


def _fetch(
    connection: Connection, name: str, schemas: Mapping[str, str], parameters: Mapping[str, Any]
) -> list[Row]:
    places = {**PLACES, CHANGES[1]: CHANGES[0]}
    tables = {
        table: sql.Identifier(schemas.get(schema, schema), table)
        for table, schema in places.items()
    }
    query = sql.SQL(database.load_query(name)).format(**tables)
    return database.fetch_all(connection, query, parameters)


def _ids(rows: Sequence[Row]) -> list[Row]:
    """One entry an id, from the rows of explain_ids; the alias first."""
    ids: dict[str, Row] = {}
    for row in rows:
        one = ids.setdefault(
            row["id"],
            {
                "id": row["id"],
                "linked_to": row["next_id"],
                "linked_at": None,
                "last_seen_at": None,
                "other_links": [],
            },
        )
        if row["user_id"] is not None and row["user_id"] == row["next_id"]:
            one.update(linked_at=row["first_seen_at"], last_seen_at=row["last_seen_at"])
        elif row["user_id"] is not None:
            link = ("user_id", "first_seen_at", "last_seen_at")
            one["other_links"].append({name: row[name] for name in link})
    return sorted(ids.values(), key=lambda one: one["id"] != rows[0]["alias_id"])


def _chain(asked_id: str, alias_id: str, ids: Sequence[Row]) -> list[str]:
    """The ids from the one asked for to the alias."""
    following = {one["id"]: one["linked_to"] for one in ids}
    chain = [asked_id]
    while chain[-1] != alias_id and following.get(chain[-1]) not in (None, *chain):
        chain.append(following[chain[-1]])
    return chain


def _is_touch(session: Mapping[str, Any], signup_timestamp: datetime) -> bool:
    return session["exclusion_reason"] is None and session["started_at"] <= signup_timestamp


def _signup(attribution: Mapping[str, Any]) -> Row:
    names = ("signup_timestamp", "session_count_before_signup", "blog_url")
    return {name: attribution[name] for name in (*names, "first_page_ever_visited")}


def _plain(value: Any) -> Any:
    """Times as texts; the rest as it is."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
