"""Passwords in what others wrote, queries and errors, are neither shown nor kept."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

MASK = "***"
# a shorter one would be found in half of all words
SHORTEST = 4
SECRET_VARIABLES = ("PGPASSWORD",)
SECRET_PREFIX = "DBT_ENV_SECRET"

_HINT = re.compile(r"pass|pwd|secret|token|api_?key|://", re.IGNORECASE)
_NAME = r"\w*(?:password|passwd|passphrase|pwd|secret|secret_access_key|access_token|api_?key)"
_GAP = r"(?:\s|/\*.*?\*/|--[^\n]*\n)*"
# a text of SQL in any of its forms; the end may be missing, for the server cuts long queries
_QUOTED = (
    r"''[^']*''(?!')|"  # within another text: connection strings
    r"[eE]'(?:[^'\\]|''|\\.)*(?:'|$)|"
    r"(?:[uU]&)?'(?:[^']|'')*(?:'|$)|"
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
# user:password@ of a URL; the password may hold an @ that nobody has escaped
_IN_URL = re.compile(r"(://[^\s/:@'\"]*):[^\s/'\"]*@")
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
    return _BARELY.sub(_hidden, text)


def known_secrets(environment: Mapping[str, str] = os.environ) -> set[str]:
    """The passwords that this process was started with."""
    return {
        value
        for name, value in environment.items()
        if (name in SECRET_VARIABLES or name.startswith(SECRET_PREFIX)) and len(value) >= SHORTEST
    }


def _hidden(found: re.Match[str]) -> str:
    value = found["value"]
    if value.startswith(MASK):
        return found.group()
    # the marks around it stay, so that what is left still reads as it did
    mark = next((one for one in ("''", "'", '"') if value.startswith(one)), "")
    return f"{found['name']}{found['gap']}{mark}{MASK}{mark}"
