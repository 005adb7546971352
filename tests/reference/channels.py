"""The channel of a session: the lists of the project, read row by row.

Rules, lists and their meaning are those of seeds/README.md.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from tests.reference import cleaning
from tests.reference.referrers import Referrers, project_referrers

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
NOTHING_SAID = ("null", "(not set)", "undefined", "none")


def read_list(name: str) -> list[dict[str, str]]:
    """The rows of a list, in the order of the file."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def said(value: str | None) -> str | None:
    """A UTM value in lower case; one that says nothing is none."""
    if value is None:
        return None
    read = cleaning.ascii_lower(value).strip(" ")
    return None if read in NOTHING_SAID else read


def holds(value: str | None, operator: str, pattern: str) -> bool:
    """Whether one row of a rule holds for a value in lower case."""
    if operator == "is_not":
        return value not in pattern.lower().split("|")
    if value is None:
        return False
    if operator == "matches":
        return re.search(pattern, value, re.IGNORECASE) is not None
    tests = {
        "is": value.__eq__,
        "begins_with": value.startswith,
        "ends_with": value.endswith,
        "contains": value.__contains__,
    }
    return any(tests[operator](one) for one in pattern.lower().split("|"))


@dataclass(frozen=True)
class Judged:
    """What the rules make of a session."""

    canonical_source: str
    channel: str
    channel_rule: int | None


class Channels:
    """The rules of the project.

    Args:
        referrers: who a referrer is.
    """

    def __init__(self, referrers: Referrers) -> None:
        self.referrers = referrers
        self.names = {row["alias"]: row["name"] for row in read_list("source_aliases")}
        self.categories = {
            row["source"]: row["category"] for row in read_list("ga4_source_categories")
        }
        self.click_ids = {row["click_id"]: row for row in read_list("click_ids")}
        self.paid_media = read_list("paid_media")

    @cached_property
    def assistants(self) -> set[str]:
        """The names and hosts of AI assistants."""
        known = [row for row in read_list("referrer_hosts") if row["kind"] == "ai"]
        whole = [row for row in known if not row["path"]]
        return {row["name"].lower() for row in whole} | {row["host"] for row in whole}

    @cached_property
    def rules(self) -> list[tuple[int, str, list[list[dict[str, str]]]]]:
        """Precedence, channel and clauses of each rule, in order."""
        by_precedence: dict[int, dict[str, list[dict[str, str]]]] = {}
        channels: dict[int, str] = {}
        for row in read_list("channel_rules"):
            precedence = int(row["precedence"])
            channels[precedence] = row["channel"]
            by_precedence.setdefault(precedence, {}).setdefault(row["clause"], []).append(row)
        return [
            (precedence, channels[precedence], list(clauses.values()))
            for precedence, clauses in sorted(by_precedence.items())
        ]

    def is_paid(self, utm_medium: str | None, click_id: str | None) -> bool:
        """A paid medium, or a click id that only ads carry."""
        medium = None if utm_medium is None else cleaning.ascii_lower(utm_medium)
        if any(holds(medium, row["operator"], row["pattern"]) for row in self.paid_media):
            return True
        return click_id is not None and self.click_ids[click_id]["is_paid"] == "true"

    def __call__(
        self,
        campaign: Mapping[str, str | None],
        click_id: str | None,
        referrer: str | None,
        page_url: str | None,
    ) -> Judged:
        """Judge an entry: its campaign fields, click id, referrer from outside and page."""
        referrer_source, referrer_medium = self.referrers(referrer)
        kind = self.referrers.kind(referrer)
        source, medium = said(campaign["source"]), said(campaign["medium"])
        click = self.click_ids.get(click_id or "", {})
        judged_source = source or (click.get("source") if medium is None else None)
        judged_source = judged_source or referrer_source
        implied = click.get("medium") if source is None and medium is None else None
        canonical = self.names.get(judged_source, judged_source)
        category = self.categories.get(canonical)
        if category is None and canonical in self.assistants:
            category = "ai"
        if category is None and judged_source == referrer_source and kind in ("search", "social"):
            category = kind
        if referrer_medium == "social" and category == "video":
            referrer_medium = "referral"
        fields = {
            "source": canonical,
            "medium": medium or implied or referrer_medium,
            "campaign": said(campaign["campaign"]),
            "category": category,
            "click_id": click_id,
            "referrer_host": cleaning.host(referrer),
            "page_host": cleaning.host(page_url),
        }
        for name in ("term", "content"):
            value = campaign[name]
            fields[name] = None if value is None else cleaning.ascii_lower(value)
        for precedence, channel, clauses in self.rules:
            if all(
                any(holds(fields[row["field"]], row["operator"], row["pattern"]) for row in rows)
                for rows in clauses
            ):
                return Judged(canonical, channel, precedence)
        return Judged(canonical, "Unassigned", None)


@lru_cache
def project_channels() -> Channels:
    """The rules and lists of the project."""
    return Channels(project_referrers())
