"""Whose host it is, read once more: every row of the referrer list as a pattern, tried in turn."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cached_property

from runner.project import PROJECT_DIR

SEED = PROJECT_DIR / "seeds" / "referrer_hosts.csv"
KINDS = ["search", "social", "ai", "mail", "other"]
MEDIA = {"search": "organic", "social": "social", "ai": "ai-assistant", "mail": "email"}


@dataclass(frozen=True)
class Listed:
    """One row of the list."""

    kind: str
    name: str
    host: str
    path: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The hosts it stands for."""
        labels = [r"[a-z]{2,3}" if one == "{}" else re.escape(one) for one in self.host.split(".")]
        if self.host.endswith("{}"):
            labels[-1] = r"(?:(?:co|com|org|net)\.)?[a-z]{2,3}"
        return re.compile(r"(?:.*\.)?(" + r"\.".join(labels) + ")")

    def rank(self, host: str, path: str) -> tuple[object, ...] | None:
        """Its place among the rows that fit, the smallest first; none if it does not fit."""
        found = self.pattern.fullmatch(host)
        below = self.path.rstrip("/")
        if not found or (below and path != below and not path.startswith(below + "/")):
            return None
        return (
            not self.path,
            -len(found[1].split(".")),
            -len(self.path),
            "{}" in self.host,
            KINDS.index(self.kind),
            self.name,
        )


def read_list() -> list[Listed]:
    """The rows of the project's list."""
    with SEED.open(encoding="utf-8", newline="") as lines:
        return [Listed(**row) for row in csv.DictReader(lines)]


def source_and_medium(rows: list[Listed], host: str | None, path: str) -> tuple[str, str]:
    """What a referrer is read as."""
    if host is None:
        return "(direct)", "(none)"
    ranked = [(rank, row) for row in rows if (rank := row.rank(host, path)) is not None]
    if ranked:
        row = min(ranked, key=lambda pair: pair[0])[1]
        if row.kind in MEDIA:
            return row.name.lower(), MEDIA[row.kind]
    return host.removeprefix("www."), "referral"
