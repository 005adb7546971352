"""A case: the settings, and the source rows that each of several nights finds new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.property.histories import ALL_ARRIVALS_ARE_LEGAL, EMPTY, Arrival, Row, Setup

EXAMPLES = Path(__file__).parent / "examples"
ID_COLUMNS = ("id", "anonymous_id", "user_id", "previous_id")
TIME_COLUMNS = ("timestamp", "received_at")


@dataclass(frozen=True)
class SourceRow:
    """One row of a source table."""

    source: str
    table: str
    row: Row


@dataclass(frozen=True)
class Case:
    """Rows night by night, and the vars to read them with."""

    settings: dict[str, Any]
    sources: tuple[str, ...]
    nights: tuple[tuple[SourceRow, ...], ...]
    first_by_months: bool = False

    @property
    def vars(self) -> dict[str, Any]:
        """The dbt vars of the case; each source has the schema `segment_<its name>`."""
        sources = [{"name": name, "schema": schema_of(name)} for name in self.sources]
        return {**self.settings, "segment_sources": sources}

    def rows_until(self, night: int) -> dict[str, dict[str, list[Row]]]:
        """All rows that are there in a night: source name -> table -> rows."""
        found: dict[str, dict[str, list[Row]]] = {name: {} for name in self.sources}
        for arrived in self.nights[: night + 1]:
            for one in arrived:
                found[one.source].setdefault(one.table, []).append(one.row)
        return found

    def to_json(self) -> str:
        """Write the case down, one source row a line."""
        nights = []
        for arrived in self.nights:
            lines = [
                json.dumps({"source": one.source, "table": one.table, **plain(one.row)})
                for one in arrived
            ]
            nights.append("  [\n    " + ",\n    ".join(lines) + "\n  ]" if lines else "  []")
        head = json.dumps(
            {
                "settings": self.settings,
                "sources": list(self.sources),
                "first_by_months": self.first_by_months,
            }
        )
        return head[:-1] + ',\n"nights": [\n' + ",\n".join(nights) + "\n]}\n"

    @classmethod
    def from_json(cls, text: str) -> Case:
        """Read a case that was written down."""
        read = json.loads(text)
        return cls(
            settings=read["settings"],
            sources=tuple(read["sources"]),
            nights=tuple(tuple(source_row(one) for one in night) for night in read["nights"]),
            first_by_months=read.get("first_by_months", False),
        )

    def save(self, folder: Path = EXAMPLES) -> Path:
        """Keep the case as a fixed test; its name is made from its content."""
        text = self.to_json()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"found_{hashlib.sha1(text.encode()).hexdigest()[:10]}.json"
        path.write_text(text, encoding="utf-8")
        return path


def schema_of(source: str) -> str:
    """The schema of a source."""
    return f"segment_{source}"


def plain(row: Row) -> Row:
    """A row as JSON can hold it: times as text."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def source_row(read: Row) -> SourceRow:
    """Read a source row back."""
    row = {name: value for name, value in read.items() if name not in ("source", "table")}
    for name in TIME_COLUMNS:
        if row.get(name) is not None:
            row[name] = datetime.fromisoformat(row[name])
    return SourceRow(read["source"], read["table"], row)


def in_world(row: Row, world: int) -> Row:
    """Give the ids of a row the prefix of its world; what reads as no id stays as it is."""
    moved = dict(row)
    for name in ID_COLUMNS:
        value = row.get(name)
        if value in EMPTY:
            continue
        start = len(value) - len(value.lstrip())
        # The blocked id is blocked in every world.
        if value.strip() != "kiosk":
            moved[name] = f"{value[:start]}w{world:03}-{value[start:]}"
    return moved


def case_of(setup: Setup, worlds: Sequence[Sequence[Arrival]]) -> Case:
    """Put the worlds of a group side by side and cut all rows into nights."""
    arrivals = [
        Arrival(one.source, one.table, in_world(one.row, world), one.night, one.delay_hours)
        for world, history in enumerate(worlds)
        for one in history
    ]
    nights: list[list[SourceRow]] = [[] for _ in range(setup.nights)]
    for arrival, night in zip(arrivals, nights_of(setup, arrivals), strict=True):
        nights[night].append(SourceRow(arrival.source, arrival.table, arrival.row))
    return Case(
        setup.settings,
        setup.sources,
        tuple(tuple(one) for one in nights),
        setup.first_by_months,
    )


def nights_of(setup: Setup, arrivals: Sequence[Arrival]) -> list[int]:
    """The night that finds each row.

    With an overlap of 24 hours a row may be inserted after rows received later than it, but by
    less than 24 hours: so rows come in the order of their arrival plus a delay under a day.
    """
    if setup.settings["late_arrival_hours"] == ALL_ARRIVALS_ARE_LEGAL:
        return [arrival.night for arrival in arrivals]
    inserted = {
        index: arrival.row["received_at"] + timedelta(hours=arrival.delay_hours)
        for index, arrival in enumerate(arrivals)
        if arrival.row["received_at"] is not None
    }
    order = sorted(inserted, key=lambda index: inserted[index])
    nights = [arrival.night for arrival in arrivals]
    for rank, index in enumerate(order):
        nights[index] = rank * setup.nights // len(order)
    return nights
