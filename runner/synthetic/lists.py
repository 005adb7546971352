"""The lists of ``data/`` as slots to draw from: a row of weight 12 fills 12 of them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from urllib.parse import quote_plus, urlsplit

import numpy as np

from runner.synthetic.wire import NULL, field

Row = dict[str, str]
SLOTS = 64
ENTRY_SLOTS = 1000
UTM = ("source", "medium", "campaign", "term", "content")


@dataclass(frozen=True)
class Entry:
    """A way in: an advertisement, a search engine, a bookmark.

    Attributes:
        search: the query string that its links carry, with ``?``, or nothing.
        click_id: the parameter that its network adds, or nothing.
        referrer: encoded.
        campaign: its five fields, encoded.
    """

    landing: str
    search: bytes
    click_id: bytes
    referrer: bytes
    campaign: bytes


@dataclass(frozen=True)
class Page:
    """A page: its address, and path and title encoded."""

    url: bytes
    path: bytes
    title: bytes

    @property
    def context(self) -> bytes:
        """context_page_url, _path and _title, encoded."""
        return field(self.url) + self.path + self.title

    @property
    def own(self) -> bytes:
        """name, url, path, title and an empty search of a row of pages, encoded."""
        return self.title + field(self.url) + self.path + self.title + field(b"")


@dataclass(frozen=True)
class Lists:
    """All lists, by slot.

    Attributes:
        entries: 1,000 of first visits, then 1,000 of later ones.
        signup_rates: share of the people of each first entry that sign up, ever.
        pages: by kind; ``site`` is every page that is not of the app.
        agents: user agent, then library, encoded; 64 of people, then 64 of robots.
        places: prefix of the IP address, then locale and timezone encoded.
    """

    entries: tuple[Entry, ...]
    signup_rates: np.ndarray
    pages: dict[str, tuple[Page, ...]]
    agents: tuple[tuple[bytes, bytes], ...]
    places: tuple[tuple[bytes, bytes], ...]


@cache
def read_lists() -> Lists:
    """Read ``data/*.csv``."""
    first = _weighted("entries", "first_weight")
    agents = sorted(_weighted("agents", "weight"), key=lambda row: row["is_bot"])
    return Lists(
        entries=tuple(map(_entry, first + _weighted("entries", "return_weight"))),
        signup_rates=np.array([float(row["signup_rate"]) for row in first]),
        pages=_pages(),
        agents=tuple(
            (
                _text(row["user_agent"]),
                _text(row["library_name"]) + _text(row["library_version"]),
            )
            for row in agents
        ),
        places=tuple(
            (row["ip_prefix"].encode(), _text(row["locale"]) + _text(row["timezone"]))
            for row in _weighted("places", "weight")
        ),
    )


def _rows(name: str) -> list[Row]:
    path = resources.files("runner.synthetic").joinpath("data", f"{name}.csv")
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def _weighted(name: str, weight: str) -> list[Row]:
    return [row for row in _rows(name) for _ in range(int(row[weight]))]


def _text(value: str) -> bytes:
    return field(value.encode()) if value else NULL


def _entry(row: Row) -> Entry:
    pairs = [f"utm_{name}={quote_plus(row[name])}" for name in UTM if row[name]]
    return Entry(
        landing=row["landing"],
        search=("?" + "&".join(pairs)).encode() if pairs else b"",
        click_id=row["click_id"].encode(),
        referrer=_text(row["referrer"]),
        campaign=b"".join(_text(row[name]) for name in UTM),
    )


def _pages() -> dict[str, tuple[Page, ...]]:
    kinds: dict[str, list[Page]] = {}
    for row in _rows("pages"):
        page = Page(
            url=row["url"].encode(),
            path=_text(urlsplit(row["url"]).path),
            title=_text(row["title"]),
        )
        kinds.setdefault(row["kind"], []).append(page)
        if row["kind"] != "app":
            kinds.setdefault("site", []).append(page)
    return {
        kind: tuple(pages[slot % len(pages)] for slot in range(SLOTS))
        for kind, pages in kinds.items()
    }
