"""Which of dbt's events are made."""

from __future__ import annotations

import pytest
from dbt.adapters.events.types import ConnectionUsed
from dbt.events.types import MainReportVersion, NodeFinished
from dbt_common.events.event_manager import EventManager

from runner.dbt_events import only_needed_events

FOR_DEBUGGING = ConnectionUsed(conn_type="postgres", conn_name="one")


@pytest.mark.parametrize(
    ("tells_all", "wanted"),
    [
        (False, ["NodeFinished", "MainReportVersion"]),
        (True, ["ConnectionUsed", "NodeFinished", "MainReportVersion"]),
    ],
)
def test_events_for_debugging_are_made_for_who_reads_them(
    tells_all: bool, wanted: list[str]
) -> None:
    told: list[str] = []
    manager = EventManager()
    manager.add_callback(lambda event: told.append(event.info.name))
    with only_needed_events(tells_all):
        for event in (FOR_DEBUGGING, NodeFinished(), MainReportVersion(version="1", log_version=3)):
            manager.fire_event(event)
    assert told == wanted
    manager.fire_event(FOR_DEBUGGING)
    assert told == [*wanted, "ConnectionUsed"]
