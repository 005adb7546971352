"""Source tables that are renamed, dropped, retyped, emptied or widened between two runs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runner.embedded import EmbeddedServer
from runner.errors import ProjectError, SourceColumnsError
from tests.integration.story import TABLES, arrive, at, create, row, sessions, values
from tests.support.servers import connect
from tests.support.warehouse import Warehouse, Workplace

GRADED = {"extra_columns": ["grade"]}
NEW_COLUMNS = 1000


def day(warehouse: Warehouse, number: int, table: str = "tracks", **columns: Any) -> None:
    """An event of visitor a, on this day."""
    arrive(warehouse, table, [row(at(days=number), anonymous_id="a", **columns)])


def days(warehouse: Warehouse) -> list[int]:
    """The days of which there is a session."""
    return [(one - at()).days for (one,) in sessions(warehouse, "started_at")]


def refused(warehouse: Warehouse, **variables: Any) -> str:
    """The one line with which a night ends that finds the source changed; nothing is written."""
    before = warehouse.snapshot()
    with pytest.raises(SourceColumnsError) as caught:
        warehouse.nightly({**GRADED, **variables})
    assert caught.value.exit_code == 5
    assert warehouse.snapshot() == before
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.long
def test_a_source_that_changes_between_two_runs(warehouse: Warehouse) -> None:
    create(warehouse)
    warehouse.execute("alter table segment.tracks add grade integer")
    day(warehouse, 0, grade=1)
    day(warehouse, 1, "pages", url="https://shop.test/")
    warehouse.nightly(GRADED)
    day(warehouse, 2, grade=2)

    # what cannot be done without stops the run before it writes; put back, it goes on
    for change, back, told in (
        (
            "alter table segment.tracks rename to track",
            "alter table segment.track rename to tracks",
            "source segment.tracks: the table is missing or not readable",
        ),
        (
            "alter schema segment rename to Segment2",
            "alter schema Segment2 rename to segment",
            "source segment.tracks: the table is missing or not readable",
        ),
        (
            "alter table segment.tracks rename received_at to loaded_at",
            "alter table segment.tracks rename loaded_at to received_at",
            "the required column 'received_at' is missing",
        ),
        (
            "alter table segment.tracks alter timestamp type text",
            "alter table segment.tracks alter timestamp type timestamptz"
            " using timestamp::timestamptz",
            "the column 'timestamp' is of type text, not a timestamp",
        ),
        (
            "alter table segment.tracks alter grade type text",
            "alter table segment.tracks alter grade type integer using grade::integer",
            "the column 'grade' is of type text and app_tracks carries it as integer",
        ),
    ):
        warehouse.execute(change)
        assert told in refused(warehouse)
        warehouse.execute(back)
    warehouse.nightly(GRADED)
    assert days(warehouse) == [0, 1, 2]

    # what is not needed may go, be emptied, or come back as another kind of thing
    warehouse.execute("drop table segment.pages; truncate segment.identifies")
    warehouse.execute("create table segment.raw as table segment.tracks")
    warehouse.execute("drop table segment.tracks; delete from segment.raw")
    warehouse.execute(
        "alter table segment.raw drop context_page_url, alter event type varchar(9),"
        " alter context_campaign_source type integer using null"
    )
    warehouse.execute("create view segment.tracks as select * from segment.raw")
    day(warehouse, 3, "raw", context_campaign_source=7)
    summary = warehouse.nightly(GRADED)
    assert "segment.pages is gone: its rows stay in the tables" in " ".join(summary.notices)
    assert days(warehouse) == [0, 1, 2, 3]
    assert sessions(warehouse, "source")[-1] == ("7",)

    # the table is there again, with rows that are known by their ids and a new one
    warehouse.create_source("segment", {"pages": TABLES["pages"]})
    known = warehouse.rows("select id, timestamp, received_at from partitioning.app_tracks")
    later = timedelta(minutes=1)
    copies = [
        {**one, "anonymous_id": "b", "received_at": one["received_at"] + later} for one in known
    ]
    arrive(warehouse, "pages", copies)
    day(warehouse, 4, "pages")
    warehouse.nightly(GRADED)
    assert days(warehouse) == [0, 1, 2, 3, 4]
    assert values(warehouse, "select distinct alias_id from sessions.all_sessions") == [("a",)]

    # an id of another type has to be accepted; in a column of text any type finds room
    warehouse.execute("drop view segment.tracks; drop table segment.pages")
    warehouse.execute("alter table segment.raw rename to tracks; truncate segment.tracks")
    warehouse.execute("alter table segment.tracks alter id type integer using null")
    assert "the column 'id' was of type text and is now integer" in refused(warehouse)
    warehouse.dbt(["run-operation", "accept_source_columns"])
    day(warehouse, 5, id=5)
    warehouse.nightly(GRADED)
    assert days(warehouse) == [0, 1, 2, 3, 4, 5]
    assert values(warehouse, "select grade from partitioning.app_tracks order by timestamp") == [
        *[(1,), (None,), (2,), (None,), (None,), (None,)]
    ]


@pytest.mark.long
def test_5000_new_columns_in_one_night(warehouse: Warehouse) -> None:
    create(warehouse)
    day(warehouse, 0)
    warehouse.nightly({"extra_columns": ["new 7"]})
    for table in TABLES:
        added = ", ".join(f'add "new {number}" text' for number in range(NEW_COLUMNS))
        warehouse.execute(f"alter table segment.{table} {added}")
    wide = {f"new {number}": str(number) for number in range(0, NEW_COLUMNS, 7)}
    day(warehouse, 1, **wide)
    summary = warehouse.nightly({"extra_columns": ["new 7", "new 8"]})
    told = [notice for notice in summary.notices if "new columns" in notice]
    assert len(told) == len(TABLES)
    assert all("has 1000 new columns, 'new 0' (text)" in notice for notice in told)
    assert max(map(len, told)) < 500
    assert values(
        warehouse, 'select "new 7", "new 8" from partitioning.app_tracks order by timestamp'
    ) == [(None, None), ("7", None)]
    query = "select count(*) from partitioning.source_columns where column_name like 'new %'"
    assert values(warehouse, query) == [(len(TABLES) * NEW_COLUMNS,)]
    by_nights = warehouse.snapshot()
    warehouse.rebuild({"extra_columns": ["new 7", "new 8"]})
    assert warehouse.snapshot() == by_nights


def test_settings_that_no_statement_could_hold_are_refused(warehouse: Warehouse) -> None:
    create(warehouse)
    day(warehouse, 0)
    for setting, told in (
        ({"extra_columns": ["a", "a"]}, "holds 'a' twice"),
        ({"extra_columns": ['a"b']}, "a name with a double quote cannot be carried"),
        ({"extra_columns": ["verdict"]}, "a name that the project's own statements use"),
        ({"extra_columns": ["event"]}, "which app_tracks has already"),
        ({"extra_columns": ["é" * 32]}, "longer than a column name may be (63 bytes)"),
        ({"extra_columns": [f"c{number}" for number in range(1001)]}, "holds 1001 names"),
        ({"segment_sources": [{"name": "a", "schema": 'no"such'}]}, 'source no"such.tracks: the'),
    ):
        with pytest.raises((ProjectError, SourceColumnsError)) as caught:
            warehouse.nightly(setting)
        assert told in str(caught.value)
        assert "\n" not in str(caught.value)
    # `public` and the run log aside, nothing was made
    assert values(warehouse, "select to_regclass('partitioning.app_tracks')") == [(None,)]


@pytest.mark.parametrize("name", ["Ware house; select", 'Ware"house'])
@pytest.mark.long
def test_names_of_databases(server: EmbeddedServer, tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    other = connect(server)
    try:
        with other.cursor() as cursor:
            cursor.execute(f"create database {quoted}")
            warehouse = Warehouse(server, name, Workplace(tmp_path))
            try:
                create(warehouse)
                day(warehouse, 0)
                if '"' not in name:
                    warehouse.nightly({})
                    assert days(warehouse) == [0]
                else:
                    with pytest.raises(ProjectError, match="a double quote in this name"):
                        warehouse.nightly({})
            finally:
                warehouse.close()
            cursor.execute(f"drop database {quoted} with (force)")
    finally:
        other.close()
