"""Runner, worker, backend and postmaster are killed at random; one more run makes it right again.

``make soak`` does the same a hundred times.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from runner.embedded import EmbeddedServer
from soak.kills import EMPTY, SAME, SETTINGS, Kills
from tests.support.servers import connect
from tests.support.warehouse import Warehouse, Workplace

DRAWS = (
    ("first build", "runner"),
    ("night", "postmaster"),
)


@pytest.fixture
def kills(workplace: Workplace) -> Iterator[Kills]:
    """A short history, built undisturbed once, on a server that may crash."""
    with EmbeddedServer(settings=SETTINGS) as server:
        with closing(connect(server)) as connection, connection.cursor() as cursor:
            cursor.execute("create database warehouse")
        with closing(Warehouse(server, "warehouse", workplace)) as warehouse:
            kills = Kills(warehouse, events=600, day=60, days=40, seed=5)
            kills.prepare()
            yield kills


def test_one_more_run_makes_it_right(kills: Kills) -> None:
    assert kills.faults("night") == []
    damage(kills.warehouse)
    told = "\n".join(kills.faults("night"))
    for what in ("other than", "is not empty", "table of dbt", "month outside its table"):
        assert what in told
    done = [kills.kill(run, victim) for run, victim in DRAWS]
    assert [str(one) for one in done if one.faults] == []
    assert {one.victim for one in done} >= {"runner", "postmaster"}


def damage(warehouse: Warehouse) -> None:
    """What the comparison has to see."""
    warehouse.execute("delete from sessions.attribution")
    warehouse.execute(f"insert into {EMPTY[3]} select 'a', 'b'")
    warehouse.execute(f"create table sessions.all_sessions__dbt_backup as table {SAME[0]}")
    warehouse.execute("create table sessions.all_sessions_2019_01 (id int)")
