"""Source and medium of a visit without UTM values: what its referrer's host is known as.

The list and its rules (which hosts a row matches, which row wins) are those of seeds/README.md.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tests.reference import cleaning

SEED = Path(__file__).resolve().parents[2] / "seeds" / "referrer_hosts.csv"
KINDS = ("search", "social", "ai", "mail", "other")
MEDIUM_OF_KIND = {
    "search": "organic",
    "social": "social",
    "ai": "ai-assistant",
    "mail": "email",
}


@dataclass(frozen=True)
class KnownHost:
    """One row of the referrer list: a host, perhaps a path under it, and who it is."""

    kind: str
    name: str
    host: str
    path: str = ""

    @property
    def pattern(self) -> re.Pattern[str]:
        """The hosts it matches: its own or, at a dot, under it; {} is 2 or 3 letters."""
        *labels, last = self.host.split(".")
        parts = ["[a-z]{2,3}" if label == "{}" else re.escape(label) for label in labels]
        parts.append("((co|com|org|net)[.])?[a-z]{2,3}" if last == "{}" else re.escape(last))
        return re.compile(r"(?:^|[.])(" + "[.]".join(parts) + r")\Z")

    def has_path(self, path: str) -> bool:
        """Whether the row's path is none, the page's, or above it."""
        own = self.path.rstrip("/")
        return not own or path == own or path.startswith(own + "/")


class Referrers:
    """Reads a referrer into (source, medium)."""

    def __init__(self, known: Iterable[KnownHost]) -> None:
        """Keep the list with the pattern of each row."""
        self.known = [(one, one.pattern) for one in known]
        self.found: dict[tuple[str, str], KnownHost | None] = {}

    def find(self, host: str, path: str) -> KnownHost | None:
        """The row that wins: with a path, longer host, longer path, without {}, by kind."""
        fitting = []
        for one, pattern in self.known:
            match = pattern.search(host)
            if match and one.has_path(path):
                rank = (
                    one.path == "",
                    -len(match.group(1)),
                    -len(one.path),
                    "{}" in one.host,
                    KINDS.index(one.kind),
                )
                fitting.append((rank, one))
        return min(fitting, key=lambda ranked: ranked[0])[1] if fitting else None

    def kind(self, referrer: str | None) -> str | None:
        """The kind of the row that a referrer is known by; null if it is not known."""
        host, path = cleaning.split_url(referrer) if referrer is not None else (None, "")
        if host is None:
            return None
        if (host, path) not in self.found:
            self.found[host, path] = self.find(host, path)
        found = self.found[host, path]
        return None if found is None else found.kind

    def __call__(self, referrer: str | None) -> tuple[str, str]:
        """Source and medium by referrer."""
        if referrer is None:
            return "(direct)", "(none)"
        host, path = cleaning.split_url(referrer)
        if host is None:
            return "(direct)", "(none)"
        if (host, path) not in self.found:
            self.found[host, path] = self.find(host, path)
        found = self.found[host, path]
        if found is not None and found.kind in MEDIUM_OF_KIND:
            return found.name.lower(), MEDIUM_OF_KIND[found.kind]
        return host.removeprefix("www."), "referral"


@lru_cache
def project_referrers(path: Path = SEED) -> Referrers:
    """The referrer list of the project."""
    with path.open(encoding="utf-8", newline="") as lines:
        return Referrers(
            KnownHost(row["kind"], row["name"], row["host"], row["path"] or "")
            for row in csv.DictReader(lines)
        )
