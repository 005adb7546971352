"""Passwords, keys and webhook addresses are not for logs, alerts or error lines."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

MASK = "***"
# what the project itself is given; a shorter value would hide half of every text
OWN = frozenset({"PGPASSWORD", "RUNNER_PAGERDUTY_KEY", "RUNNER_SLACK_WEBHOOK", "RUNNER_WEBHOOK"})
# the working folder, whatever the name reminds of
PLAIN = frozenset({"PWD", "OLDPWD"})
SHORTEST_OWN = 4
SHORTEST_OTHER = 8
_SECRET_NAME = r"pass(?:word|wd|phrase)|pwd|secret|token|(?:api|routing|private)_?key"
_NAMED_SECRET = re.compile(rf"{_SECRET_NAME}|webhook", re.IGNORECASE)

_QUOTED = r"'(?:[^'\\]|\\.|'')*(?:'|$)"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # scheme://user:password@host, also where the password has an @ or / of its own
    (
        re.compile(r"\b([a-z][a-z0-9+.-]{0,30}://[^\s:/@]*:)[^\s\"'<>]+@", re.IGNORECASE),
        rf"\1{MASK}@",
    ),
    # who knows the path of a Slack webhook can post there
    (re.compile(r"(https?://hooks\.slack\.com/)[^\s\"'<>]+", re.IGNORECASE), rf"\1{MASK}"),
    # password=..., "password": "...", PGPASSWORD=...
    (
        re.compile(
            rf"((?:{_SECRET_NAME})[\w-]*[\"']?\s*[=:]\s*)"
            rf"(?:{_QUOTED}|(\")(?:[^\"\\]|\\.)*(?:\"|$)|[^\s,;&'\")}}]+)",
            re.IGNORECASE | re.DOTALL,
        ),
        rf"\1\2{MASK}\2",
    ),
    (re.compile(r"(webhook\w*=)\S+", re.IGNORECASE), rf"\1{MASK}"),
    # create role ... password '...'
    (
        re.compile(
            rf"\b(password\s+)(?:(?:e|u&)?{_QUOTED}|\$(\w*)\$.*?(?:\$\2\$|$))",
            re.IGNORECASE | re.DOTALL,
        ),
        rf"\1'{MASK}'",
    ),
    (
        re.compile(r"\b((?:bearer|authorization:\s*\w+)\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
        rf"\1{MASK}",
    ),
)


def mask(text: str, environment: Mapping[str, str] | None = None) -> str:
    """A text without the secrets in it.

    Hidden are the values of the environment whose names say that they are secret, wherever they
    stand; and what stands where a password does: in a URL, a connection string, a JSON document,
    or after ``password`` in SQL.

    Args:
        text: any text.
        environment: where the secrets are; this process' own by default.
    """
    return _mask(text, _secrets(os.environ if environment is None else environment))


def mask_all(value: Any) -> Any:
    """The same for all texts in a value of lists and dictionaries."""
    return _mask_all(value, _secrets(os.environ))


def _mask(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _mask_all(value: Any, secrets: Sequence[str]) -> Any:
    if isinstance(value, str):
        return _mask(value, secrets)
    if isinstance(value, Mapping):
        return {
            key: MASK if one and _is_secret_name(key) else _mask_all(one, secrets)
            for key, one in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_mask_all(one, secrets) for one in value]
    return value


def _is_secret_name(name: object) -> bool:
    return isinstance(name, str) and _NAMED_SECRET.search(name) is not None


def _secrets(environment: Mapping[str, str]) -> list[str]:
    """The longest first: one may be part of another."""
    found = set()
    for name, value in environment.items():
        shortest = SHORTEST_OWN if name in OWN else SHORTEST_OTHER
        if len(value) >= shortest and (name in OWN or _is_secret_name(name)) and name not in PLAIN:
            found |= {value, quote(value, safe="")}
    return sorted(found, key=len, reverse=True)
