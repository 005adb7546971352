"""What a run tells of itself: real lines, real datagrams, real posts."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg2.extensions
import pytest

from runner.alert_routes import PagerDuty, Slack, Webhook
from runner.alerts import Alerts, unrecorded_key
from runner.errors import ModelsFailed
from runner.eventlog import EventLog
from runner.metrics import EmbeddedMetrics, Metrics
from runner.project import PROJECT_DIR
from runner.watching import RunStart, Watcher, Watchers
from tests.support.runs import (
    PATIENCE,
    START,
    attempts,
    built_with_a_day,
    last_run,
    locked,
    wait_for,
)
from tests.support.servers import connect
from tests.support.services import NOTHING, HttpService, agent, closed_port, http_service
from tests.support.warehouse import Warehouse

ENQUEUE = "/v2/enqueue"
PASSWORD = "s3cr3t"


@pytest.fixture
def built(warehouse: Warehouse) -> Warehouse:
    """A warehouse with one day taken in and a second one waiting."""
    return built_with_a_day(warehouse)


@pytest.fixture
def service() -> Iterator[HttpService]:
    """An HTTP server on this machine."""
    with http_service() as started:
        yield started


def run(
    warehouse: Warehouse, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The nightly as a scheduler starts it."""
    return subprocess.run(
        [sys.executable, "-m", "runner", "nightly", *options],
        cwd=PROJECT_DIR,
        env={**warehouse.environment(), **environment},
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
    )


def documents(text: str) -> list[dict[str, Any]]:
    """Every line is JSON."""
    return [json.loads(line) for line in text.splitlines()]


def events(found: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The events of this name."""
    return [one for one in found if one.get("event") == name]


def test_a_night_is_told_in_lines_datagrams_and_posts(
    built: Warehouse, service: HttpService
) -> None:
    """All of it on one night, which rejects a row."""
    lost = {"id": "x", "timestamp": START, "received_at": START + timedelta(days=1)}
    built.insert("segment", "tracks", [lost])
    with agent() as listening:
        done = run(
            built,
            RUNNER_METRICS="cloudwatch,dogstatsd",
            DD_AGENT_HOST="127.0.0.1",
            DD_DOGSTATSD_PORT=str(listening.port),
            RUNNER_PAGERDUTY_KEY="KEY",
            RUNNER_PAGERDUTY_URL=service.url,
            RUNNER_SLACK_WEBHOOK=f"{service.url}/slack",
        )
        assert done.returncode == 0, done.stderr
        datagrams = listening.lines("segment_attribution.partitions_ahead")
    # people find on standard output what they always did
    assert "  app_tracks " in done.stdout
    assert "{" not in done.stdout
    found = documents(done.stderr)
    kept = last_run(built)
    logged = [one for one in found if "_aws" not in one]
    assert {one["run_id"] for one in logged} == {kept["run_id"]}
    assert all(one["timestamp"].endswith("Z") and one["level"] for one in logged)
    assert logged[0]["event"] == "run started"

    # an event for each attempt of each step
    rows = built.rows("select * from ops.steps where run_id = %s", (kept["run_id"],))
    told = {(one["step"], one["attempt"]): one for one in events(found, "step ended")}
    assert told.keys() == {(row["step_name"], row["attempt"]) for row in rows}
    for row in rows:
        event = told[row["step_name"], row["attempt"]]
        assert (event["outcome"], event["seconds"]) == (row["outcome"], row["seconds"])
        assert event.get("rows") == row["row_count"]

    # and for each model, with what the server says that it wrote
    models = {one["model"]: one for one in events(found, "model ended")}
    assert (models["app_tracks"]["outcome"], models["app_tracks"]["step"]) == ("success", "models")
    assert models["rejected_events"]["rows"] == 1
    assert all(one["seconds"] >= 0 for one in models.values())
    assert {"FoundStats", "MainReportVersion"} <= {
        one["dbt_event"] for one in events(found, "dbt") if one["dbt_invocation_id"]
    }
    (ended,) = events(found, "run ended")
    assert (ended["status"], ended["rows_read"], ended["rows_rejected"]) == ("done", 7, 1)
    totals = built.rows("select * from sessions_stages.run_totals order by loaded_at desc limit 1")
    assert ended["sessions_touched"] == totals[0]["sessions_touched"]

    # the same numbers for CloudWatch and for Datadog
    metrics = [one for one in found if "_aws" in one]
    (tracks,) = [
        one for one in metrics if one.get("source_table") == "tracks" and "rows_read" in one
    ]
    assert (tracks["rows_read"], tracks["rows_kept"], tracks["rows_rejected"]) == (7, 3, 1)
    whole = next(one for one in metrics if "run_seconds" in one)
    assert (whole["run_succeeded"], whole["partitions_ahead"]) == (1.0, 3)
    newest = built.rows(
        "select extract(epoch from now() - max(received_at))::float as lag from segment.tracks"
    )
    assert abs(tracks["newest_event_lag_seconds"] - newest[0]["lag"]) < 600
    of_tracks = "#target:prod,source:app,source_table:tracks"
    assert f"segment_attribution.rows_rejected:1|c|{of_tracks}" in datagrams
    assert "segment_attribution.run_succeeded:1.0|g|#target:prod" in datagrams

    # nothing was wrong before: nobody is told that all is well
    assert [path for path, _ in service.posted] == [ENQUEUE]
    assert events(found, "alert")[0]["outcome"] == "delivered: resolve"


def test_an_alert_comes_after_the_last_try_and_goes_with_the_next_good_run(
    built: Warehouse, service: HttpService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "runner.nightly.SESSION_OPTIONS",
        "-c client_connection_check_interval=1000 -c lock_timeout=200",
    )
    monkeypatch.setattr("runner.locks.wait_until_free", lambda *_: [])
    stream = io.StringIO()
    log = EventLog(stream, level="debug")
    routes = [PagerDuty("KEY", service.url), Slack(f"{service.url}/slack")]

    def tell(level: str, route: str, outcome: str) -> None:
        log.note(level, "alert", route=route, outcome=outcome)

    def watchers() -> Watchers:
        return Watchers([log, Metrics([EmbeddedMetrics(stream)]), Alerts(routes, tell)])

    with locked(built, "lock table partitioning.app_tracks in share mode") as other:
        breaking = threading.Thread(target=break_once_blocked, args=(built, other))
        breaking.start()
        with pytest.raises(ModelsFailed):
            built.nightly(watchers=watchers(), retry_for=timedelta(minutes=5))
        breaking.join()
    tries = attempts(built, "models")
    assert len(tries) > 1
    (event,) = service.bodies(ENQUEUE)
    run_id = last_run(built)["run_id"]
    assert event["dedup_key"] == f"segment_attribution/{run_id}/models"
    assert event["payload"]["severity"] == "critical"
    assert event["payload"]["custom_details"]["attempts"] == len(tries)
    assert event["payload"]["custom_details"]["sqlstate"] == "23514"
    found = documents(stream.getvalue())
    told = [one for one in events(found, "step ended") if one["step"] == "models"]
    assert [one["outcome"] for one in told] == ["tried again"] * (len(tries) - 1) + ["failed"]
    assert {one["level"] for one in told} == {"warning", "error"}
    assert all(one["sqlstate"] == "55P03" and "pid " in one["blocked_by"] for one in told[:-1])
    assert all(one["next_attempt_in_seconds"] > 0 for one in told[:-1])
    assert [one["attempt"] for one in events(found, "step started") if one["step"] == "models"] == [
        row["attempt"] for row in tries
    ]
    failed = {one["model"] for one in events(found, "model ended") if one["outcome"] == "error"}
    assert failed == {"app_tracks"}
    (retries,) = [one for one in found if one.get("step") == "models" and "retries" in one]
    assert (retries["retries"], retries["lock_waits"]) == (len(tries) - 1, len(tries) - 1)

    built.execute("alter table partitioning.app_tracks drop constraint never")
    built.nightly(watchers=watchers())
    resolved = service.bodies(ENQUEUE)[1:]
    assert {one["event_action"] for one in resolved} == {"resolve"}
    assert resolved[0]["dedup_key"] == event["dedup_key"]
    assert len(service.bodies("/slack")) == 2
    service.posted.clear()
    built.nightly(watchers=watchers())
    assert event["dedup_key"] not in [one["dedup_key"] for one in service.bodies(ENQUEUE)]
    assert not service.bodies("/slack")


def break_once_blocked(warehouse: Warehouse, other: psycopg2.extensions.connection) -> None:
    """Once a try has ended for want of a lock, leave something that no later try can mend."""
    with closing(connect(warehouse.server, warehouse.database)) as look, look.cursor() as cursor:

        def is_told() -> bool:
            cursor.execute("select 1 from ops.steps where sqlstate = '55P03'")
            return cursor.fetchone() is not None

        wait_for(is_told, "a model fails for want of a lock")
    with other.cursor() as cursor:
        cursor.execute(
            "alter table partitioning.app_tracks add constraint never check (false) not valid"
        )
    other.commit()


def test_a_killed_run_is_told_by_the_next_one(built: Warehouse, service: HttpService) -> None:
    """And taken back by the same, if it is done."""
    with locked(built, "lock table partitioning.app_tracks in access exclusive mode"):
        run = built.start("nightly")
        wait_for(lambda: last_run(built)["status"] == "running", "the run is noted")
        killed = last_run(built)["run_id"]
        run.kill()
        run.communicate()
    stream = io.StringIO()
    alerts = Alerts([PagerDuty("KEY", service.url)], lambda *_: None)
    built.nightly(watchers=Watchers([EventLog(stream), alerts]))
    key = f"segment_attribution/{killed}/run"
    told = [one for one in service.bodies(ENQUEUE) if one["dedup_key"] == key]
    assert [one["event_action"] for one in told] == ["trigger", "resolve"]
    assert told[0]["payload"]["class"] == "Died"
    assert told[0]["payload"]["severity"] == "warning"
    assert told[0]["payload"]["custom_details"]["process_id"] == run.pid
    (event,) = events(documents(stream.getvalue()), "run died")
    assert event["died_run_id"] == killed != event["run_id"]


def test_who_watches_can_not_fail_a_run(built: Warehouse, service: HttpService) -> None:
    """A log that is full, a watcher with a fault of its own, services that answer nothing."""

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    class Faulty(Watcher):
        def node_ended(self, node: Any) -> None:
            raise KeyError("a fault")

    service.answers.extend([NOTHING] * 10)
    outcomes: list[str] = []
    routes = [PagerDuty("KEY", service.url), Webhook(f"http://127.0.0.1:{closed_port()}")]
    alerts = Alerts(routes, lambda *told: outcomes.append(" ".join(told)), patience=0.5)
    warnings: list[str] = []
    built.nightly(watchers=Watchers([EventLog(Full()), Faulty(), alerts], warnings.append))
    assert last_run(built)["status"] == "done"
    assert built.rows("select count(*) from sessions.all_sessions") == [{"count": 6}]
    assert [line.partition(":")[0] for line in warnings] == ["EventLog failed", "Faulty failed"]
    assert outcomes == ["warning pagerduty not delivered: no answer within 0.5 s"]


def test_a_run_without_a_database_is_one_alert_until_one_is_done(
    built: Warehouse, service: HttpService
) -> None:
    """With --log-format json a container's log is nothing but JSON, and holds no secret."""
    with closing(connect(built.server)) as other, other.cursor() as cursor:
        cursor.execute("alter database warehouse allow_connections false")
        lost = run(
            built,
            RUNNER_PAGERDUTY_KEY="KEY",
            RUNNER_PAGERDUTY_URL=service.url,
            RUNNER_LOG_FORMAT="json",
            # a secret that the server's own message holds
            SHOP_SECRET="warehouse",
        )
        cursor.execute("alter database warehouse allow_connections true")
    assert lost.returncode == 1, lost.stderr
    assert lost.stdout == ""
    found = documents(lost.stderr)
    (ended,) = events(found, "run ended")
    assert (ended["level"], ended["status"], ended["exit_code"]) == ("error", "failed", 1)
    assert 'database "***" is not currently accepting connections' in ended["error"]
    (event,) = service.bodies(ENQUEUE)
    assert event["payload"]["severity"] == "critical"
    assert "warehouse" not in json.dumps(event) + lost.stderr
    built.nightly(watchers=Watchers([Alerts([PagerDuty("KEY", service.url)], lambda *_: None)]))
    resolved = [one["dedup_key"] for one in service.bodies(ENQUEUE)[1:]]
    assert resolved == [unrecorded_key(RunStart("", "", "", "prod", place_of(built)))]
    assert event["dedup_key"].startswith("segment_attribution/unrecorded-")


def place_of(warehouse: Warehouse) -> str:
    """As runs call the database."""
    names = warehouse.environment()
    return f"{names['PGDATABASE']} on {names['PGHOST']}:{names['PGPORT']}"


def test_options_have_a_range(warehouse: Warehouse) -> None:
    for options, word in (
        (("--log-format", "xml"), "xml"),
        (("--log-level", "loud"), "loud"),
        (("--metrics", "cloudwatch,graphite"), "graphite"),
    ):
        wrong = run(warehouse, *options)
        assert wrong.returncode == 2
        assert word in wrong.stderr
        assert "Traceback" not in wrong.stderr
    wrong = run(warehouse, RUNNER_WEBHOOK="nowhere")
    assert wrong.returncode == 2
    assert wrong.stderr.splitlines()[-1].startswith("error: RUNNER_WEBHOOK is no URL")


def test_text_is_for_people(warehouse: Warehouse) -> None:
    stream = io.StringIO()
    log = EventLog(stream, as_json=False, level="warning")
    log.note("info", "unseen")
    log.note("warning", "seen", error=f"password={PASSWORD}")
    assert stream.getvalue().count("\n") == 1
    assert "seen" in stream.getvalue()
    assert "password=***" in stream.getvalue()
