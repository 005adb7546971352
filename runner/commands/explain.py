"""``python -m runner explain``."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from runner.commands.activity import json_option, printable
from runner.commands.errors import errors_in_one_line
from runner.commands.maintenance import count, database_errors, print_table
from runner.explain import Explanation, Row
from runner.explain import explain as explained

STEERING = ("Cc", "Cf", "Cs")


@click.command()
@click.argument("asked_id", metavar="USER_ID|ANONYMOUS_ID")
@json_option
@errors_in_one_line
def explain(asked_id: str, as_json: bool) -> None:
    """Say of one person which ids are theirs, what they did, and why each touch is what it is."""
    with database_errors("explain"):
        found = explained(asked_id)
    if as_json:
        print(_escaped(json.dumps(found.as_dict(), indent=2, ensure_ascii=False)), flush=True)
        return
    _print_ids(found)
    _print_sessions(found.sessions)
    _print_signup(found)
    if found.changes:
        _print_changes(found.changes)
    elif found.changes is not None and found.signup is not None:
        print("\nnothing changed since the signup was first written")


def _escaped(text: str) -> str:
    """JSON without characters that steer a terminal: they stand there by number."""
    return "".join(
        char
        if char == "\n" or unicodedata.category(char) not in STEERING
        else json.dumps(char)[1:-1]
        for char in text
    )


def _print_ids(found: Explanation) -> None:
    print(printable(f"person: {found.alias_id}"))
    if len(found.chain) > 1:
        print(printable(f"the id leads there: {' -> '.join(found.chain)}"))
    print("\nids (times are UTC)")
    rows = [
        (
            one["id"],
            one["linked_to"] or "",
            _time(one["linked_at"]),
            _time(one["last_seen_at"]),
            _others(one),
        )
        for one in found.ids
    ]
    print_table(("id", "linked to", "first seen", "last seen", "also seen with"), rows)


def _others(one: Row) -> str:
    """Links of an id that do not count."""
    links = [
        f"{link['user_id']} from {_time(link['first_seen_at'])}" for link in one["other_links"]
    ]
    if not links:
        return ""
    # without a link that counts there are more of them than one id may have
    why = "" if one["linked_to"] else "links nobody (max_users_per_anonymous_id): "
    return why + ", ".join(links)


def _print_sessions(sessions: Sequence[Row]) -> None:
    print(f"\n{count(len(sessions), 'session')}")
    rows = [
        (
            str(one["session_number"]),
            _time(one["started_at"]),
            one["channel"],
            one["why"],
            one["source"],
            one["medium"],
            one["campaign"] or "",
            ", ".join(_remarks(one)),
            one["first_page_url"] or "",
        )
        for one in sessions
    ]
    columns = ("no.", "start", "channel", "because of", "source", "medium", "campaign")
    if rows:
        print_table((*columns, "remarks", "first page"), rows)


def _remarks(session: Row) -> list[str]:
    said = [f"click id {session['click_id']}"] if session["click_id"] else []
    said += ["paid"] if session["is_paid"] else []
    said += ["signup"] if session["is_signup_session"] else []
    if session["exclusion_reason"]:
        reason = session["exclusion_reason"]
        said.append(f"does not count: {reason} (vars.exclude_{reason}s)")
    return said


def _print_signup(found: Explanation) -> None:
    if found.signup is None:
        print("\nno signup in a session that counts")
        return
    signup = found.signup
    before = count(signup["session_count_before_signup"], "session")
    print(f"\nsignup: {_time(signup['signup_timestamp'])}, after {before} before its own")
    print(printable(f"first page ever: {signup['first_page_ever_visited'] or 'none'}"))
    print(printable(f"first blog page up to the signup: {signup['blog_url'] or 'none'}"))
    rows = [
        (
            name,
            _text(one["session_number"]),
            _time(one["timestamp"]),
            *(_text(one[fact]) for fact in ("channel", "source", "medium", "campaign")),
            one["why"],
        )
        for name, one in found.touches.items()
    ]
    print()
    columns = ("touch", "no.", "start", "channel", "source", "medium", "campaign", "why")
    print_table(columns, rows)


def _print_changes(changes: Sequence[Row]) -> None:
    print(f"\n{count(len(changes), 'change')} since the signup was first written")
    rows = [
        (
            _time(one["changed_at"]),
            one["alias_id"],
            one["change_kind"],
            one["reason"] or "",
            "\n".join(_differences(one)),
        )
        for one in changes
    ]
    print_table(("when", "person", "what", "why", "columns"), rows)


def _differences(change: Row) -> list[str]:
    old, new = change["old_values"] or {}, change["new_values"] or {}
    if not (old and new):
        return []
    return [
        f"{column}: {_text(old.get(column), 'none')} -> {_text(new.get(column), 'none')}"
        for column in change["changed_columns"]
    ]


def _time(moment: datetime | None) -> str:
    """To the second, UTC."""
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _text(value: Any, nothing: str = "") -> str:
    return nothing if value is None else str(value)
