"""Run a case night by night and compare every table with the oracle, row by row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.property.cases import TIME_COLUMNS, Case, schema_of
from tests.property.histories import Row
from tests.reference import Settings, contract_tables
from tests.support.warehouse import Warehouse

COMPARED = {
    "partitioning.app_tracks": "select {columns} from partitioning.app_tracks",
    "partitioning.rejected_events": (
        'select source_name, source_table, reason, count(*) as "rows"'
        " from partitioning.rejected_events group by 1, 2, 3"
    ),
    "aliasing.known_pairs": "select {columns} from aliasing.known_pairs",
    "aliasing.identity_map": "select {columns} from aliasing.identity_map",
    "sessions.all_sessions": "select {columns} from sessions.all_sessions",
    "sessions.useful_sessions": "select {columns} from sessions.useful_sessions",
    "sessions.excluded_sessions": "select {columns} from sessions.excluded_sessions",
    "sessions.attribution": "select {columns} from sessions.attribution",
}
KEYS = {
    "partitioning.app_tracks": ("source_name", "id"),
    "partitioning.rejected_events": ("source_name", "source_table", "reason"),
    "aliasing.known_pairs": ("anonymous_id", "user_id"),
    "aliasing.identity_map": ("id",),
    "sessions_stages.identity_sessions": (),
    "sessions.all_sessions": ("session_id",),
    "sessions.useful_sessions": ("session_id",),
    "sessions.excluded_sessions": ("session_id",),
    "sessions.attribution": ("alias_id",),
}
CONTEXT_COLUMNS = ("context_page_url", "context_page_referrer", "context_ip", "context_user_agent")
TEXT_COLUMNS = {
    "tracks": ("event", "event_text", *CONTEXT_COLUMNS),
    "pages": ("url", "referrer", *CONTEXT_COLUMNS),
    "screens": CONTEXT_COLUMNS,
    "identifies": ("email",),
    "aliases": (),
}
CAMPAIGN_COLUMNS = tuple(
    f"context_campaign_{name}" for name in ("source", "medium", "name", "term", "content")
)


def table_columns(table: str, time_type: str) -> dict[str, str]:
    """The columns of a source table, with their types."""
    ids = ("previous_id", "user_id") if table == "aliases" else ("anonymous_id", "user_id")
    campaign = CAMPAIGN_COLUMNS if table in ("tracks", "pages", "screens") else ()
    return {
        "id": "text",
        **dict.fromkeys(ids, "text"),
        **dict.fromkeys(TIME_COLUMNS, time_type),
        **dict.fromkeys((*TEXT_COLUMNS[table], *campaign), "text"),
    }


def comparable(value: Any) -> Any:
    """A value as both sides can say it: times in UTC, numbers as decimals."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, list):
        return tuple(comparable(one) for one in value)
    return value


def as_counter(rows: Iterable[Row]) -> Counter[tuple[tuple[str, Any], ...]]:
    """Rows as a bag, so that the order does not matter and doubles do."""
    return Counter(
        tuple(sorted((name, comparable(value)) for name, value in row.items())) for row in rows
    )


def differences(table: str, expected: Iterable[Row], actual: Iterable[Row]) -> list[str]:
    """One line for every row that differs: by its key, and only the columns that differ."""
    wanted, found = as_counter(expected), as_counter(actual)
    missing = [dict(row) for row in (wanted - found).elements()]
    surplus = [dict(row) for row in (found - wanted).elements()]
    lines = []
    for row in missing:
        key = {name: row[name] for name in KEYS[table]}
        twin = next((one for one in surplus if key.items() <= one.items()), None)
        if twin is None:
            lines.append(f"{table}: missing {row}")
            continue
        surplus.remove(twin)
        apart = {name: (row[name], twin.get(name)) for name in row if row[name] != twin.get(name)}
        lines.append(f"{table}: {key} (expected, found): {apart}")
    return lines + [f"{table}: surplus {row}" for row in surplus]


def against_contract(warehouse: Warehouse, case: Case, night: int) -> list[str]:
    """What differs between the warehouse and the oracle's reading of the rows so far."""
    expected = contract_tables(case.rows_until(night), Settings.from_vars(case.settings))
    found = []
    for table, rows in expected.by_name().items():
        columns = ", ".join(f'"{name}"' for name in rows[0]) if rows else "*"
        actual = warehouse.rows(COMPARED[table].format(columns=columns))
        found += differences(table, rows, actual)
    return found


def create_sources(warehouse: Warehouse, case: Case) -> None:
    """Make the source schemas; the first keeps times with a zone, the second without."""
    for name, time_type in zip(case.sources, ("timestamptz", "timestamp"), strict=False):
        tables = {table: table_columns(table, time_type) for table in TEXT_COLUMNS}
        warehouse.create_source(schema_of(name), tables)


def insert_night(warehouse: Warehouse, case: Case, night: int) -> None:
    """Insert the rows that a night finds new; times without zone are UTC."""
    by_table: dict[tuple[str, str], list[Row]] = {}
    for one in case.nights[night]:
        row = dict(one.row)
        for name in TIME_COLUMNS:
            if one.source != case.sources[0] and row.get(name) is not None:
                row[name] = row[name].astimezone(UTC).replace(tzinfo=None)
        by_table.setdefault((one.source, one.table), []).append(row)
    for (source, table), rows in by_table.items():
        warehouse.insert(schema_of(source), table, rows)


def check(warehouse: Warehouse, case: Case) -> list[str]:
    """Play a case through: differences with the oracle after each night, then with a rebuild."""
    warehouse.reset()
    create_sources(warehouse, case)
    for night in range(len(case.nights)):
        insert_night(warehouse, case, night)
        by_months = {"by_month_from_bytes": 0} if case.first_by_months else {}
        warehouse.nightly(case.vars, **by_months)
        found = against_contract(warehouse, case, night)
        if found:
            return [f"night {night + 1} of {len(case.nights)}, {line}" for line in found]
    by_nights = warehouse.snapshot()
    warehouse.rebuild(case.vars)
    found = against_contract(warehouse, case, len(case.nights) - 1)
    if found:
        return [f"rebuild, {line}" for line in found]
    rebuilt = warehouse.snapshot()
    for table, rows in by_nights.items():
        found += differences(table, rows, rebuilt[table])
    return [f"rebuild (expected) and nights, {line}" for line in found]
