"""What stands outside of the database: the project's settings, alert routes, metrics."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from runner import telemetry
from runner.bounded import run_within
from runner.checks import ERROR, NOTICE, WARNING, Finding
from runner.doctor.findings import well
from runner.errors import ProjectError
from runner.night_models import source_schemas
from runner.project import Project
from runner.schemas import project_schemas

NAME_SECONDS = 2.0
DOGSTATSD_PORT = 8125


@dataclass(frozen=True)
class Plan:
    """Where things are to be.

    Attributes:
        schemas: of the project on this target; empty where they cannot be read.
        sources: schemas that Segment writes to.
        findings: what is to be said of the settings themselves.
    """

    schemas: Sequence[str]
    sources: Sequence[str]
    findings: Sequence[Finding]


def read_project() -> Plan:
    """Read dbt_project.yml and the profile, without dbt."""
    findings: list[Finding] = []
    schemas: list[str] = []
    target = os.environ.get("DBT_TARGET", "prod")
    try:
        schemas = project_schemas()
        findings.append(
            well("project", "dbt_project.yml", f"target {target}: schemas {', '.join(schemas)}")
        )
    except ProjectError as error:
        command = "export DBT_TARGET=prod" if "target" in str(error) else "dbt debug"
        findings.append(Finding(ERROR, "project", "dbt_project.yml", str(error), command))
    sources, problem = _sources()
    if problem:
        findings.append(
            Finding(
                ERROR,
                "project",
                "vars.segment_sources",
                problem,
                "segment_sources: [{name: app, schema: segment}]",
            )
        )
    return Plan(schemas, sources, findings)


def _sources() -> tuple[list[str], str]:
    try:
        settings = Project().settings()
    except Exception as error:
        return [], f"dbt_project.yml cannot be read: {' '.join(str(error).split())}"
    value = settings.get("segment_sources")
    sources = value if isinstance(value, list) else []
    is_sound = bool(sources) and all(
        isinstance(one, dict) and one.get("name") and one.get("schema") for one in sources
    )
    if not is_sound:
        return [], "it is to be a list with a name and a schema for each Segment source"
    return source_schemas(settings), ""


def alerts() -> Iterator[Finding]:
    """Who is told when a night fails."""
    test = "python -m runner alert --test"
    try:
        routes = telemetry.alert_routes()
        seconds = telemetry.alert_timeout()
    except ProjectError as error:
        name = str(error).split()[0]
        told = str(error).removeprefix(f"{name} ")
        yield Finding(ERROR, "alerts", name, f"it {told}", f"unset {name}")
        return
    if not routes:
        yield Finding(
            WARNING,
            "alerts",
            telemetry.PAGERDUTY_KEY,
            "no route is set: nobody is told when a night fails; PagerDuty, Slack "
            f"({telemetry.SLACK_WEBHOOK}) or any webhook ({telemetry.WEBHOOK}) will do",
            f"export {telemetry.PAGERDUTY_KEY}=...",
        )
        return
    names = ", ".join(route.name for route in routes)
    yield well("alerts", names, f"set, {seconds:g} s for all of them at most; try: {test}")


def metrics() -> Iterator[Finding]:
    """Where numbers go."""
    chosen = [name.strip() for name in os.environ.get("RUNNER_METRICS", "none").split(",")]
    unknown = [name for name in chosen if name and name not in telemetry.METRICS]
    if unknown:
        yield Finding(
            ERROR,
            "metrics",
            "RUNNER_METRICS",
            f"'{unknown[0]}' is none of {', '.join(telemetry.METRICS)}: the nightly will not start",
            "export RUNNER_METRICS=none",
        )
        return
    chosen = [name for name in chosen if name and name != "none"]
    if not chosen:
        yield Finding(
            NOTICE,
            "metrics",
            "RUNNER_METRICS",
            "not set: no numbers are sent; the summary of each run is in ops.runs all the same",
            "export RUNNER_METRICS=cloudwatch",
        )
        return
    if "dogstatsd" in chosen:
        yield from _agent()
    if "cloudwatch" in chosen:
        yield well("metrics", "cloudwatch", "lines on standard error, for CloudWatch Logs to read")


def _agent() -> Iterator[Finding]:
    """UDP needs no one at the other end, so only its name can be looked at."""
    url = urlsplit(os.environ.get("DD_DOGSTATSD_URL", ""))
    if url.scheme.startswith("unix"):
        yield well("metrics", "dogstatsd", "a Unix socket")
        return
    host = url.hostname or os.environ.get("DD_AGENT_HOST") or "localhost"
    found = run_within(NAME_SECONDS, [lambda: socket.getaddrinfo(host, DOGSTATSD_PORT)])[0]
    if isinstance(found, Exception):
        yield Finding(
            WARNING,
            "metrics",
            "dogstatsd",
            f"the agent's host {host} has no address: {found}; its metrics are lost, runs go on",
            "export DD_AGENT_HOST=localhost",
        )
    else:
        yield well(
            "metrics", "dogstatsd", f"datagrams to {host}; nothing tells whether they arrive"
        )
