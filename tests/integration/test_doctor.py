"""``python -m runner doctor`` on real servers: what is not well, and the line that mends it."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from runner.cli import main
from tests.support.runs import rows_of_day
from tests.support.servers import connect
from tests.support.services import closed_port
from tests.support.upkeep import environment
from tests.support.warehouse import Warehouse


def invoke(warehouse: Warehouse, *arguments: str, **others: str) -> Result:
    """Run doctor on this warehouse, in this process."""
    return CliRunner().invoke(
        main, ["doctor", *arguments], env={**environment(warehouse), **others}
    )


def examine(warehouse: Warehouse, **others: str) -> list[dict[str, Any]]:
    """What doctor finds."""
    result = invoke(warehouse, "--json", **others)
    assert result.exit_code in (0, 1), result.stderr
    return json.loads(result.stdout)["checks"]


def of_kind(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The findings of a kind."""
    return [one for one in found if one["kind"] == kind]


def severities(found: list[dict[str, Any]], kind: str) -> set[str]:
    """How bad those of a kind are."""
    return {one["severity"] for one in of_kind(found, kind)}


@pytest.mark.all_versions
def test_a_sound_place_is_well(warehouse: Warehouse) -> None:
    warehouse.create_source()
    moment = datetime.now(UTC) - timedelta(hours=1)
    rows = [{**row, "timestamp": moment, "received_at": moment} for row in rows_of_day(0)]
    warehouse.insert("segment", "tracks", rows)
    for table in ("tracks", "pages", "screens", "identifies", "aliases"):
        warehouse.execute(f"create index on segment.{table} using brin (received_at)")
    found = examine(warehouse, RUNNER_WEBHOOK="https://hooks.test/x", RUNNER_METRICS="cloudwatch")
    for kind in (
        *("project", "connection", "version", "clock", "privileges", "source", "source index"),
        *("disk", "alerts", "metrics"),
    ):
        assert severities(found, kind) == {"ok"}, of_kind(found, kind)
    # the server of the tests is one that may lose all in a crash, and is small
    hurting = {one["where"]: one["command"] for one in of_kind(found, "settings")}
    assert {"fsync", "work_mem", "max_wal_size"} <= hurting.keys()
    assert "statement_timeout" not in hurting
    assert hurting["max_wal_size"].startswith("alter system set max_wal_size = ")
    assert all(one["command"] for one in found if one["severity"] != "ok")
    result = invoke(warehouse, RUNNER_WEBHOOK="https://hooks.test/x")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].endswith("a run can start")
    assert "hooks.test" not in result.stdout


def test_the_line_that_is_given_mends_it(warehouse: Warehouse) -> None:
    """What doctor says of settings and privileges is done as it says, until nothing is left."""
    warehouse.create_source(tables=["tracks", "pages"])
    warehouse.insert("segment", "tracks", rows_of_day(0))
    database = warehouse.database
    warehouse.execute(
        "drop role if exists small; create role small login;"
        " alter role small set statement_timeout = '5min';"
        f" revoke create, temporary on database {database} from public;"
        " create schema partitioning; create table partitioning.app_tracks (id text)"
    )
    mended: list[str] = []
    try:
        for _ in range(3):
            result = invoke(warehouse, "--json", PGUSER="small")
            wanted = [
                one["command"]
                for one in json.loads(result.stdout)["checks"]
                if one["command"].startswith(("grant", "alter role", "alter table", "create index"))
                and one["command"] not in mended
            ]
            if not wanted:
                break
            if not mended:
                assert result.exit_code == 1
                assert "in the way of a run" in result.stderr
            for command in wanted:
                warehouse.execute(command)
            mended += wanted
        assert result.exit_code == 0
        found = json.loads(result.stdout)["checks"]
        assert severities(found, "privileges") == {"ok"}
        assert {one["where"] for one in of_kind(found, "settings")} == {
            *("max_wal_size", "fsync", "full_page_writes")
        }
        assert f"grant create on database {database} to small" in mended
        assert f"grant temporary on database {database} to small" in mended
        assert "grant usage on schema segment to small" in mended
        assert "grant select on all tables in schema segment to small" in mended
        assert "alter table partitioning.app_tracks owner to small" in mended
    finally:
        with closing(connect(warehouse.server, database)) as other, other.cursor() as cursor:
            cursor.execute("drop owned by small; drop role small")


def test_a_source_that_will_not_do_is_told(warehouse: Warehouse) -> None:
    warehouse.create_source("shop", tables=["tracks"])
    (finding,) = of_kind(examine(warehouse), "source")
    assert (finding["severity"], finding["where"]) == ("error", "segment.tracks")
    assert finding["command"] == "segment_sources: [{name: app, schema: shop}]"

    warehouse.create_source(
        tables=["tracks"],
        drop_columns=["anonymous_id", "user_id", "id"],
        types={"received_at": "text"},
    )
    warehouse.create_source(tables=["pages"])
    warehouse.execute("create view segment.screens as select * from segment.pages")
    warehouse.insert(
        "segment",
        "pages",
        [{"id": "1", "received_at": datetime.now(UTC) + timedelta(hours=9)}],
    )
    found = of_kind(examine(warehouse), "source")
    told = " ".join(one["what"] for one in found if one["where"] == "segment.tracks")
    for word in ("'id' is missing", "type text, not a timestamp", "'anonymous_id' and 'user_id'"):
        assert word in told
    assert any("a view" in one["what"] for one in found if one["where"] == "segment.screens")
    pages = [one for one in found if one["where"] == "segment.pages"]
    assert [(one["severity"], "from now" in one["what"]) for one in pages] == [("warning", True)]
    warehouse.execute(
        "; ".join(one["command"] for one in found if one["command"].startswith("alter table"))
    )
    assert "error" not in severities(examine(warehouse), "source")


def test_a_large_table_without_index_is_a_warning(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.create_source(tables=["tracks"])
    warehouse.insert("segment", "tracks", rows_of_day(0, people=1000))
    (small,) = of_kind(examine(warehouse), "source index")
    assert small["severity"] == "notice"
    monkeypatch.setattr("runner.advice.SMALLEST_INDEXED", 8192)
    (large,) = of_kind(examine(warehouse), "source index")
    assert large["severity"] == "warning"
    warehouse.execute(large["command"])
    assert severities(examine(warehouse), "source index") == {"ok"}


def test_disk_is_compared_with_what_a_first_build_takes(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.create_source(tables=["tracks"])
    warehouse.insert("segment", "tracks", rows_of_day(0, people=1000))
    assert severities(examine(warehouse), "disk") == {"ok"}
    # as if the tables of a first build were so much larger than this disk
    monkeypatch.setattr("runner.doctor.server.TABLES_TO_RAW", 1e12)
    (finding,) = of_kind(examine(warehouse), "disk")
    assert finding["severity"] == "error"
    assert finding["command"].startswith("df -h /")
    # a role that may not see where the files are
    warehouse.execute("drop role if exists small; create role small login")
    (finding,) = of_kind(examine(warehouse, PGUSER="small"), "disk")
    warehouse.execute("drop role small")
    assert finding["severity"] == "notice"


def test_what_is_in_the_way_of_a_connection_is_told(warehouse: Warehouse) -> None:
    port = str(closed_port())
    for others, told, command in (
        ({"PGPORT": port}, "Connection refused", f"pg_isready -h 127.0.0.1 -p {port}"),
        ({"PGDATABASE": "nowhere"}, "does not exist", "export PGDATABASE=..."),
        ({"PGUSER": "nobody"}, "nobody", "export PGUSER=..."),
    ):
        found = examine(warehouse, **others)
        (finding,) = of_kind(found, "connection")
        assert finding["severity"] == "error"
        assert told in finding["what"]
        assert finding["command"].startswith(command)
        # what needs no connection is looked at all the same
        assert severities(found, "alerts") == {"warning"}
        assert not of_kind(found, "source")


def test_surroundings_without_sense_are_told(warehouse: Warehouse) -> None:
    warehouse.create_source(tables=["tracks"])
    found = examine(
        warehouse,
        RUNNER_PAGERDUTY_KEY="KEY",
        RUNNER_PAGERDUTY_URL="events.test",
        RUNNER_METRICS="graphite",
        DBT_TARGET="moon",
    )
    for kind in ("alerts", "metrics", "project"):
        assert severities(found, kind) == {"error"}, of_kind(found, kind)
    found = examine(warehouse, RUNNER_METRICS="dogstatsd", DD_AGENT_HOST="no-such-host.invalid")
    (finding,) = of_kind(found, "metrics")
    assert (finding["severity"], "no address" in finding["what"]) == ("warning", True)


def test_a_server_that_takes_no_writes_is_told(warehouse: Warehouse) -> None:
    warehouse.execute(f"alter database {warehouse.database} set default_transaction_read_only = on")
    found = of_kind(examine(warehouse), "server")
    assert [one["severity"] for one in found] == ["error"]
    assert "set default_transaction_read_only = off" in found[0]["command"]


def test_a_locked_table_holds_nothing_up(warehouse: Warehouse) -> None:
    warehouse.create_source(tables=["tracks"])
    with closing(connect(warehouse.server, warehouse.database)) as other:
        other.autocommit = False
        with other.cursor() as cursor:
            cursor.execute("lock table segment.tracks in access exclusive mode")
        found = examine(warehouse)
        other.rollback()
    assert severities(found, "connection") == {"ok"}
    assert "error" not in severities(found, "source")
