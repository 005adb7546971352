"""Bad input of more than a hundred kinds in one load: each row is kept, merged or rejected."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.integration.bad_input import columns, copies, ids, people, times, urls
from tests.integration.bad_input.kind import APP, WEB, Given, Kind
from tests.integration.story import values
from tests.support.warehouse import OWN_COLUMNS, SNAPSHOT_TABLES, Warehouse, segment_columns

SCHEMAS = {APP: "segment", WEB: 'Sel"ect all, "from" Ünderground.x'}
KINDS = [kind for module in (ids, times, urls, copies, people, columns) for kind in module.kinds()]
SIGNUP = 'sign\'ed "up" {{ x }} 100% \\ 😀'
SETTINGS = {
    "segment_sources": [{"name": name, "schema": schema} for name, schema in SCHEMAS.items()],
    "extra_columns": list(columns.EXTRA),
    "blocked_ids": ["ÄÖ-Kiosk"],
    "signup_events": ["signed_up", SIGNUP],
    "own_domains": ["o'wn.test", "müller.test"],
}
NIGHTS = 3


def test_there_are_enough_kinds_and_each_accounts_for_its_rows() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 60
    assert [kind.name for kind in KINDS if not kind.is_balanced()] == []


@pytest.mark.all_versions(long=True)
def test_bad_input_stops_no_run_and_loses_no_row(warehouse: Warehouse) -> None:
    create_sources(warehouse)
    for night in range(1, NIGHTS + 1):
        insert(warehouse, night)
        warehouse.nightly(SETTINGS)
    assert surprises(warehouse) == []
    assert unbalanced(warehouse) == []
    by_nights = content(warehouse)

    # each row again by the statements of a first build
    warehouse.rebuild(SETTINGS)
    assert different(by_nights, content(warehouse)) == []
    assert unbalanced(warehouse) == []
    assert accounts_of_calls(warehouse) == (
        sum(kind.taught for kind in KINDS),
        sum(kind.copies for kind in KINDS),
        sum(kind.ignored for kind in KINDS),
    )


@pytest.mark.long
def test_bad_input_by_months_equals_one_go(warehouse: Warehouse) -> None:
    create_sources(warehouse)
    for night in range(1, NIGHTS + 1):
        insert(warehouse, night)
    warehouse.nightly(SETTINGS)
    in_one_go = content(warehouse)
    warehouse.drop_outputs()
    warehouse.nightly(SETTINGS, by_month_from_bytes=0)
    assert different(in_one_go, content(warehouse)) == []
    assert unbalanced(warehouse) == []


# -- the source --------------------------------------------------------------------------------


def create_sources(warehouse: Warehouse) -> None:
    """Two sources: all tables with times with zone, and tracks with times without."""
    tables = {table: {**segment_columns(table), "kind": "text"} for table in OWN_COLUMNS}
    tables["tracks"].update(columns.TYPES)
    warehouse.create_source(SCHEMAS[APP], tables)
    times_without_zone = {"timestamp": "timestamp", "received_at": "timestamp"}
    tracks = {**segment_columns("tracks"), "kind": "text"}
    warehouse.create_source(SCHEMAS[WEB], {"tracks": tracks}, types=times_without_zone)


def insert(warehouse: Warehouse, night: int) -> None:
    """The rows that this night finds first."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for kind in KINDS:
        for given in kind.rows:
            if given.night == night:
                found.setdefault((given.source, given.table), []).append(marked(kind, given))
    for (source, table), rows in found.items():
        warehouse.insert(SCHEMAS[source], table, rows)


def marked(kind: Kind, given: Given) -> dict[str, Any]:
    """A row that says what it is bad at, unless nothing at all may stand in it."""
    return {**given.row, "kind": None if kind.name == "a row of nothing" else kind.name}


# -- what became of it -------------------------------------------------------------------------


def surprises(warehouse: Warehouse) -> list[str]:
    """What became of a kind and was not expected."""
    kept = dict(values(warehouse, "select kind, count(*) from partitioning.app_tracks group by 1"))
    rejected: dict[str, dict[str, int]] = {}
    for name, reason, count in values(
        warehouse,
        "select coalesce(source_row ->> 'kind', 'a row of nothing'), reason, count(*)"
        " from partitioning.rejected_events group by 1, 2",
    ):
        rejected.setdefault(name, {})[reason] = count
    sessions: dict[str, list[dict[str, Any]]] = {}
    for one in warehouse.rows("select * from sessions.all_sessions order by session_number"):
        sessions.setdefault(one["alias_id"], []).append(one)
    wanted_ids = [one["id"] for kind in KINDS for one in kind.carried]
    query = "select * from partitioning.app_tracks where id = any(%s)"
    events = {one["id"]: one for one in warehouse.rows(query, (wanted_ids,))}

    found = []
    for kind in KINDS:
        if kept.get(kind.name, 0) != kind.kept:
            found.append(f"{kind.name}: {kept.get(kind.name, 0)} kept, not {kind.kept}")
        if rejected.get(kind.name, {}) != kind.rejected:
            found.append(f"{kind.name}: rejected {rejected.get(kind.name)}, not {kind.rejected}")
        found += [f"{kind.name}: a session of {who[:80]!r}" for who in kind.gone if who in sessions]
        wanted: dict[str, list[dict[str, Any]]] = {}
        for one in kind.sessions:
            wanted.setdefault(one["alias_id"], []).append(one)
        for who, rows in wanted.items():
            told = [{name: one[name] for name in rows[0]} for one in sessions.get(who, [])]
            if told != rows:
                found.append(f"{kind.name}: {short(told)}, not {short(rows)}")
        for one in kind.carried:
            told = {name: events[one["id"]][name] for name in one}
            if told != one:
                found.append(f"{kind.name}: carried {short(told)}, not {short(one)}")
    return found


def unbalanced(warehouse: Warehouse) -> list[Any]:
    """Source tables and runs whose rows are not all accounted for."""
    return values(
        warehouse,
        "select loaded_at, source_name, source_table, rows_read from partitioning.load_accounts"
        " where rows_read <> rows_kept + rows_known + rows_duplicate + rows_rejected",
    )


def accounts_of_calls(warehouse: Warehouse) -> tuple[int, ...]:
    """Rows of identifies and aliases that a build read: kept, merged, ignored."""
    query = (
        "select sum(rows_kept) as kept, sum(rows_duplicate) as merged,"
        " sum(rows_rejected) as ignored"
        " from partitioning.load_accounts where source_table in ('identifies', 'aliases')"
    )
    return tuple(int(number) for number in values(warehouse, query)[0])


def content(warehouse: Warehouse) -> dict[str, Counter[str]]:
    """All rows of the tables of the contract, as texts: Python has no year 294276."""
    return {
        table: Counter(
            text
            for (text,) in values(
                warehouse,
                "select left(cast(one as text), 300) || ' ' || md5(cast(one as text))"
                f" from {table} as one",
            )
        )
        for table in SNAPSHOT_TABLES
    }


def different(one: dict[str, Counter[str]], other: dict[str, Counter[str]]) -> list[str]:
    """Rows that one has and the other has not."""
    found = []
    for table in one:
        found += [f"{table} lacks {row}" for row in one[table] - other[table]]
        found += [f"{table} has {row}" for row in other[table] - one[table]]
    return found[:20]


def short(value: Any) -> str:
    """For a message: 1 MB is too much."""
    text = repr(value)
    return text if len(text) <= 400 else f"{text[:400]}... ({len(text):,} signs)"
