"""Passwords, keys and webhook addresses are not for what is shown, kept or sent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

MASK = "***"
# what the project itself is given; a shorter value would hide half of every text
OWN = frozenset({"PGPASSWORD", "RUNNER_PAGERDUTY_KEY", "RUNNER_SLACK_WEBHOOK", "RUNNER_WEBHOOK"})
SHORTEST_OWN = 4
SHORTEST_OTHER = 8
# the working folder, whatever the name reminds of
PLAIN = frozenset({"PWD", "OLDPWD"})

_SECRET_NAME = re.compile(
    r"pass(?:word|wd|phrase)|pwd|secret|token|(?:api|routing|private)_?key|webhook", re.IGNORECASE
)
_HINT = re.compile(r"pass|pwd|secret|token|api_?key|webhook|bearer|authori|://", re.IGNORECASE)
_NAME = r"\w*(?:password|passwd|passphrase|pwd|secret|secret_access_key|access_token|api_?key)"
_GAP = r"(?:\s|/\*.*?\*/|--[^\n]*\n)*"
# a text of SQL in any of its forms; the end may be missing, for the server cuts long queries
_QUOTED = (
    r"''[^']*''(?!')|"  # within another text: connection strings
    r"[eE]'(?:[^'\\]|''|\\.)*(?:'|$)|"
    # a backslash escapes in connection strings; where it does not, too much is hidden
    r"(?:[uU]&)?'(?:[^'\\]|\\.|'')*(?:'|$)|"
    r"\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|$)|"
    r'"(?:[^"\\]|\\.)*(?:"|$)'
)
# the value of a connection string or of YAML: up to the next space
_BARE = r"(?:\\''|\\.|[^\s'\"&\\])+"
_ASSIGNED = re.compile(
    rf"(?P<name>\b{_NAME}\b[\"']?)(?P<gap>{_GAP}(?::=|=>|=|,|(?<!:):(?!:))?{_GAP})(?P<value>{_QUOTED})",
    re.IGNORECASE | re.DOTALL,
)
_BARELY = re.compile(
    rf"(?P<name>\b{_NAME}\b[\"']?)(?P<gap>\s*(?:=(?!>)|(?<!:):(?![:=]))\s*)(?P<value>{_BARE})",
    re.IGNORECASE,
)
# user:password@ of a URL; the password may hold an @ or / that nobody has escaped
_IN_URL = re.compile(r"(://[^\s/:@'\"]*):(?!\d+[/?#])[^\s'\"<>]{0,256}@")
_OTHERS: tuple[tuple[re.Pattern[str], str], ...] = (
    # who knows the path of a Slack webhook can post there
    (re.compile(r"(https?://hooks\.slack\.com/)[^\s\"'<>]+", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"(webhook\w*=)\S+", re.IGNORECASE), rf"\1{MASK}"),
    (
        re.compile(r"\b((?:bearer|authorization:\s*\w+)\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
        rf"\1{MASK}",
    ),
)
_CUT_URL = re.compile(r"(://[^\s/:@'\"]*):(?!\d+$)[^\s/@'\"]+$")


def masked(text: str, secrets: Iterable[str] | None = None) -> str:
    """The text with every password in it replaced by ``***``.

    Found are: what follows the word password, secret or the like in SQL, in connection strings, in
    YAML and JSON; the password of a URL; and the passwords of this process's environment, wherever
    they stand.

    Args:
        text: of anybody.
        secrets: texts to mask as they are; those of the environment by default.
    """
    for secret in sorted(known_secrets() if secrets is None else secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    if not _HINT.search(text):
        return text
    text = _IN_URL.sub(rf"\1:{MASK}@", text)
    text = _CUT_URL.sub(rf"\1:{MASK}", text)
    text = _ASSIGNED.sub(_hidden, text)
    text = _BARELY.sub(_hidden, text)
    for pattern, replacement in _OTHERS:
        text = pattern.sub(replacement, text)
    return text


def masked_all(value: Any, secrets: Iterable[str] | None = None) -> Any:
    """The same for all texts in a value of lists and dictionaries."""
    secrets = known_secrets() if secrets is None else secrets
    if isinstance(value, str):
        return masked(value, secrets)
    if isinstance(value, Mapping):
        return {
            key: MASK if one and _is_secret_name(key) else masked_all(one, secrets)
            for key, one in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [masked_all(one, secrets) for one in value]
    return value


def known_secrets(environment: Mapping[str, str] = os.environ) -> set[str]:
    """The values of variables whose names say that they are secret, as they are and in a URL."""
    found = set()
    for name, value in environment.items():
        shortest = SHORTEST_OWN if name in OWN else SHORTEST_OTHER
        is_secret = name in OWN or (_is_secret_name(name) and name not in PLAIN)
        if is_secret and len(value) >= shortest:
            found |= {value, quote(value, safe="")}
    return found


def _is_secret_name(name: object) -> bool:
    return isinstance(name, str) and _SECRET_NAME.search(name) is not None


def _hidden(found: re.Match[str]) -> str:
    value = found["value"]
    if value.startswith(MASK):
        return found.group()
    # the marks around it stay, so that what is left still reads as it did
    mark = next((one for one in ("''", "'", '"') if value.startswith(one)), "")
    return f"{found['name']}{found['gap']}{mark}{MASK}{mark}"
