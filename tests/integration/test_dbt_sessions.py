"""dbt's sessions on a real server: kept from node to node, as new each time, gone at the end."""

from __future__ import annotations

from typing import Any

from runner.dbt_sessions import closed_sessions
from tests.integration.story import create
from tests.support.runs import wait_for
from tests.support.warehouse import Warehouse

ASKED = (
    "select pg_backend_pid(), current_setting('work_mem'), current_setting('application_name'),"
    " current_user"
)


def asked(adapter: Any) -> tuple[Any, ...]:
    """Who this thread's session is, and how it is set."""
    return tuple(adapter.execute(ASKED, auto_begin=True, fetch=True)[1].rows[0])


def sessions_of_dbt(warehouse: Warehouse) -> list[Any]:
    """Sessions that dbt has open."""
    return warehouse.rows(
        "select pid from pg_stat_activity where datname = current_database()"
        " and application_name = 'segment_attribution dbt'"
    )


def test_a_node_finds_the_session_of_the_one_before_as_new(warehouse: Warehouse) -> None:
    from dbt.adapters.factory import FACTORY

    create(warehouse)
    warehouse.dbt(["run-operation", "check_source"])
    adapter = FACTORY.adapters["postgres"]
    with closed_sessions():
        with adapter.connection_named("one"):
            before = asked(adapter)
            adapter.execute("set work_mem = '77MB'")
            adapter.execute("set application_name = 'other'")
            adapter.execute("set role pg_monitor")
            adapter.commit_if_has_connection()
            assert asked(adapter)[1:] == ("77MB", "other", "pg_monitor")
        with adapter.connection_named("two"):
            assert asked(adapter) == before
        # one that has died meanwhile is replaced
        warehouse.execute("select pg_terminate_backend(%s)", (before[0],))
        wait_for(lambda: not sessions_of_dbt(warehouse), "it is gone")
        with adapter.connection_named("three"):
            after = asked(adapter)
            assert after[0] != before[0]
            assert after[1:] == before[1:]
        assert len(sessions_of_dbt(warehouse)) == 1
    wait_for(lambda: not sessions_of_dbt(warehouse), "it is closed")


def test_what_a_node_left_open_is_rolled_back(warehouse: Warehouse) -> None:
    from dbt.adapters.factory import FACTORY

    create(warehouse)
    warehouse.dbt(["run-operation", "check_source"])
    adapter = FACTORY.adapters["postgres"]
    with closed_sessions():
        with adapter.connection_named("one"):
            adapter.execute("create table segment.half_done ()", auto_begin=True)
        states = warehouse.rows(
            "select state from pg_stat_activity where datname = current_database()"
            " and application_name = 'segment_attribution dbt'"
        )
        assert [one["state"] for one in states] == ["idle"]
    assert not warehouse.rows("select 1 as one from pg_tables where tablename = 'half_done'")


def test_a_run_leaves_no_session(warehouse: Warehouse) -> None:
    create(warehouse)
    warehouse.dbt(["run-operation", "check_source"])
    wait_for(lambda: not sessions_of_dbt(warehouse), "none is left")
