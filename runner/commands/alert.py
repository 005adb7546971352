"""``python -m runner alert``."""

from __future__ import annotations

import os
import uuid

import click

from runner.commands.errors import errors_in_one_line
from runner.errors import ProjectError, RunnerError
from runner.telemetry import (
    PAGERDUTY_KEY,
    SLACK_WEBHOOK,
    WEBHOOK,
    alert_routes,
    alert_timeout,
)


class AlertsNotDelivered(RunnerError):
    """A service did not take the test alert."""


@click.command()
@click.option("--test", "is_test", is_flag=True, help="Send a test alert to each, and resolve it.")
@errors_in_one_line
def alert(is_test: bool) -> None:
    """Show where alerts of the nightly go; with --test, try it.

    Exit code 1 where a service does not take the test alert.
    """
    routes = alert_routes()
    if not routes:
        raise ProjectError(
            f"alert: no route is set; name one in the environment: {PAGERDUTY_KEY}, "
            f"{SLACK_WEBHOOK} or {WEBHOOK}"
        )
    if not is_test:
        for route in routes:
            print(f"{route.name}: set; try it with: python -m runner alert --test")
        return
    from runner.alerts import Alerts, trial_alerts
    from runner.watched import place

    outcomes: dict[str, str] = {}
    alerts = Alerts(
        routes, lambda level, name, outcome: outcomes.update({name: outcome}), alert_timeout()
    )
    pair = trial_alerts(str(uuid.uuid4()), place(), os.environ.get("DBT_TARGET", "prod"))
    is_delivered = alerts.send([(route, pair) for route in routes])
    for name, outcome in outcomes.items():
        print(f"{name}: {outcome}")
    if not is_delivered:
        failed = [name for name, told in outcomes.items() if told.startswith("not delivered")]
        raise AlertsNotDelivered(
            f"alert: {' and '.join(failed)} did not take the test alert; check the key or the "
            "address, and whether this machine may connect to it"
        )
