"""Alerts over real connections: what is sent, and what a service that fails can not do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from runner.alert_routes import NotDelivered, PagerDuty, Slack, Webhook
from runner.alerts import Alerts, raised, unrecorded_key
from runner.cli import main
from runner.watching import RunEnd
from tests.support.ended import START, done, failed
from tests.support.services import NOTHING, HttpService, closed_port, http_service

ENQUEUE = "/v2/enqueue"
BEFORE = [
    {"run_id": "run-0", "status": "failed", "step_name": "verify"},
    {"run_id": "run-00", "status": "died", "step_name": "models"},
]


@pytest.fixture
def service() -> Iterator[HttpService]:
    """An HTTP server on this machine."""
    with http_service() as started:
        yield started


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same attempts, with shorter pauses."""
    monkeypatch.setattr("runner.alert_routes.FIRST_PAUSE", 0.02)
    monkeypatch.setattr("runner.alert_routes.LONGEST_PAUSE", 0.05)


def watch(service: HttpService, run: RunEnd, patience: float = 20.0) -> dict[str, tuple[str, str]]:
    """Let all three routes hear of the end of a run; what became of it, by route."""
    outcomes: dict[str, tuple[str, str]] = {}
    routes = [
        PagerDuty("KEY", service.url),
        Slack(f"{service.url}/slack"),
        Webhook(f"{service.url}/hook"),
    ]

    def tell(level: str, route: str, outcome: str) -> None:
        outcomes[route] = (level, outcome)

    Alerts(routes, tell, patience).run_ended(run)
    return outcomes


def test_a_run_that_is_given_up_is_told_everywhere(service: HttpService) -> None:
    outcomes = watch(service, failed())
    assert set(outcomes.values()) == {("info", "delivered: trigger")}
    (event,) = service.bodies(ENQUEUE)
    assert event["routing_key"] == "KEY"
    assert event["event_action"] == "trigger"
    assert event["dedup_key"] == "segment_attribution/run-1/models"
    payload = event["payload"]
    assert payload["summary"] == "nightly failed at models: models: app_tracks: lock; password=***"
    assert (payload["source"], payload["severity"]) == ("warehouse on db:5432", "error")
    assert (payload["component"], payload["class"]) == ("models", "BlockedByLocks")
    details = payload["custom_details"]
    assert (details["run_id"], details["attempts"], details["exit_code"]) == ("run-1", 2, 4)
    assert (details["sqlstate"], details["blocked_by"]) == ("55P03", "pid 7")
    (message,) = service.bodies("/slack")
    assert set(message) == {"text"}
    assert message["text"].startswith("error: nightly failed at models: ")
    (posted,) = service.bodies("/hook")
    assert (posted["action"], posted["dedup_key"]) == ("trigger", event["dedup_key"])
    assert posted["details"]["error"] == "models: app_tracks: lock; password=***"


def test_what_an_error_holds_is_no_markup_for_slack(service: HttpService) -> None:
    watch(service, failed(error="models: <!channel> & <https://evil.test|click>"))
    (message,) = service.bodies("/slack")
    assert "<" not in message["text"]
    assert "&lt;!channel&gt; &amp; " in message["text"]


def test_a_run_that_is_done_takes_back_what_is_open(service: HttpService) -> None:
    outcomes = watch(service, done(unresolved=BEFORE))
    assert set(outcomes.values()) == {("info", "delivered: resolve")}
    open_keys = ["segment_attribution/run-0/verify", "segment_attribution/run-00/run"]
    events = service.bodies(ENQUEUE)
    assert {event["event_action"] for event in events} == {"resolve"}
    assert [event["dedup_key"] for event in events] == [*open_keys, unrecorded_key(START)]
    assert [body["dedup_key"] for body in service.bodies("/hook")] == open_keys
    (message,) = service.bodies("/slack")
    assert message["text"].startswith("nightly is done after 2 runs that did not end well")


def test_a_run_after_a_good_one_bothers_nobody(service: HttpService) -> None:
    watch(service, done())
    # of a run that found no database to be noted in nobody knows here
    assert [path for path, _ in service.posted] == [ENQUEUE]


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({}, "segment_attribution/run-1/models"),
        # its end could not be noted: the next run finds the run only
        ({"is_finished": False}, "segment_attribution/run-1/run"),
        ({"is_finished": False, "is_recorded": False}, unrecorded_key(START)),
        ({"attempts": ()}, "segment_attribution/run-1/run"),
    ],
)
def test_a_key_is_one_that_a_later_run_can_name(facts: dict[str, Any], key: str) -> None:
    assert raised(failed(**facts)).dedup_key == key


@pytest.mark.parametrize(
    ("kind", "exit_code", "severity"),
    [
        ("ConnectionFailed", 1, "critical"),
        ("ModelsFailed", 1, "critical"),
        ("VerificationFailed", 6, "error"),
        ("SourceColumnsError", 5, "error"),
        ("AnotherRun", 3, "warning"),
        ("Stopped", 143, "warning"),
        ("Stopped", 130, None),
        ("NothingToResume", 2, None),
    ],
)
def test_severity_is_that_of_the_problem(
    kind: str, exit_code: int, severity: str | None, service: HttpService
) -> None:
    """Ctrl-C, and a word that a person at a keyboard has already read, call nobody."""
    watch(service, failed(kind=kind, exit_code=exit_code))
    told = [event["payload"]["severity"] for event in service.bodies(ENQUEUE)]
    assert told == ([] if severity is None else [severity])


@pytest.mark.parametrize("status", [500, 429, 503])
def test_a_busy_service_is_asked_again(status: int, service: HttpService) -> None:
    for route in (PagerDuty("KEY", service.url), Webhook(service.url)):
        service.posted.clear()
        service.answers.extend([status, status])
        route.deliver([raised(failed())])
        assert len(service.posted) == 3


@pytest.mark.parametrize("status", [500, 429])
def test_a_service_that_stays_busy_is_given_up(status: int, service: HttpService) -> None:
    service.headers["Retry-After"] = "3600"
    for route in (PagerDuty("KEY", service.url), Webhook(service.url), Slack(service.url)):
        service.posted.clear()
        service.answers.extend([status] * 20)
        with pytest.raises(NotDelivered, match=str(status)):
            route.deliver([raised(failed())])
        assert len(service.posted) == 3
        service.answers.clear()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302])
def test_a_refusal_is_not_tried_again(status: int, service: HttpService) -> None:
    for route in (PagerDuty("KEY", service.url), Webhook(service.url)):
        service.posted.clear()
        service.answers.append(status)
        with pytest.raises(NotDelivered, match=str(status)):
            route.deliver([raised(failed())])
        assert len(service.posted) == 1


def test_a_service_that_says_nothing_is_not_waited_for(service: HttpService) -> None:
    service.answers.extend([NOTHING] * 10)
    outcomes = watch(service, failed(), patience=0.3)
    expected = ("warning", "not delivered: no answer within 0.3 s")
    assert outcomes == dict.fromkeys(("pagerduty", "slack", "webhook"), expected)


def test_one_dead_service_holds_up_no_other(service: HttpService) -> None:
    outcomes: dict[str, str] = {}
    dead = f"http://127.0.0.1:{closed_port()}"
    routes = [PagerDuty("KEY", dead), Slack(f"{dead}/s3cr3t"), Webhook(f"{service.url}/hook")]
    Alerts(routes, lambda level, name, told: outcomes.update({name: told})).run_ended(failed())
    assert outcomes["webhook"] == "delivered: trigger"
    assert outcomes["pagerduty"].startswith("not delivered: ")
    # the address of a webhook is a secret
    assert outcomes["slack"] == "not delivered: ConnectionError"


def test_alert_test_tries_every_route(service: HttpService) -> None:
    environment = {
        "RUNNER_PAGERDUTY_KEY": "KEY",
        "RUNNER_PAGERDUTY_URL": service.url,
        "RUNNER_SLACK_WEBHOOK": f"{service.url}/slack",
        "RUNNER_WEBHOOK": f"{service.url}/hook",
        "RUNNER_ALERT_TIMEOUT": "10",
    }
    result = CliRunner().invoke(main, ["alert", "--test"], env=environment)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "".join(
        f"{name}: delivered: resolve, trigger\n" for name in ("pagerduty", "slack", "webhook")
    )
    actions = [event["event_action"] for event in service.bodies(ENQUEUE)]
    assert actions == ["trigger", "resolve"]
    assert len({event["dedup_key"] for event in service.bodies(ENQUEUE)}) == 1
    service.answers.extend([404] * 3)
    result = CliRunner().invoke(main, ["alert", "--test"], env=environment)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: alert: pagerduty and slack and webhook did not take")
    shown = CliRunner().invoke(main, ["alert"], env=environment).stdout
    assert shown.splitlines()[0] == "pagerduty: set; try it with: python -m runner alert --test"


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "error: alert: no route is set"),
        ({"RUNNER_WEBHOOK": "hooks.test/x"}, "error: RUNNER_WEBHOOK is no URL"),
        ({"RUNNER_SLACK_WEBHOOK": "https://[x/"}, "error: RUNNER_SLACK_WEBHOOK is no URL"),
        (
            {"RUNNER_PAGERDUTY_KEY": "KEY", "RUNNER_PAGERDUTY_URL": "http://events.test"},
            "error: RUNNER_PAGERDUTY_URL is not https://",
        ),
        (
            {"RUNNER_WEBHOOK": "https://h/x", "RUNNER_ALERT_TIMEOUT": "soon"},
            "error: RUNNER_ALERT_TIMEOUT is 'soon'",
        ),
    ],
)
def test_a_setting_without_sense_is_told_in_a_line(environment: dict[str, str], told: str) -> None:
    result = CliRunner().invoke(main, ["alert", "--test"], env=environment)
    assert result.exit_code == 2
    assert result.stderr.startswith(told)
    assert result.stderr.count("\n") == 1
    assert "hooks.test" not in result.stderr
