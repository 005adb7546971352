"""Log, metrics and alerts of a run, as options and environment choose them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO
from urllib.parse import urlsplit

from runner.errors import ProjectError
from runner.watching import Watcher, Watchers

if TYPE_CHECKING:
    from runner.alert_routes import Route
    from runner.eventlog import EventLog
    from runner.metrics import Sink

LOG_FORMATS = ("auto", "text", "json")
LOG_LEVELS = ("debug", "info", "warning", "error")
METRICS = ("none", "cloudwatch", "dogstatsd")
METRICS_NAMESPACE = "RUNNER_METRICS_NAMESPACE"
PAGERDUTY_KEY = "RUNNER_PAGERDUTY_KEY"
PAGERDUTY_URL = "RUNNER_PAGERDUTY_URL"
SLACK_WEBHOOK = "RUNNER_SLACK_WEBHOOK"
WEBHOOK = "RUNNER_WEBHOOK"
ALERT_TIMEOUT = "RUNNER_ALERT_TIMEOUT"
SHORTEST_TIMEOUT, LONGEST_TIMEOUT = 0.1, 300.0


@dataclass(frozen=True)
class Telemetry:
    """What a run is watched by.

    Attributes:
        watchers: to give to the run.
        is_plain: whether lines for people are printed beside the log.
    """

    watchers: Watchers
    is_plain: bool = True


def telemetry(
    log_format: str,
    log_level: str | None,
    metrics: tuple[str, ...],
    stream: TextIO | None = None,
) -> Telemetry:
    """Log, metrics and alerts.

    Args:
        log_format: auto, text or json.
        log_level: debug, info, warning or error; info if None.
        metrics: which of METRICS, none where it is empty.
        stream: of the log and of CloudWatch's lines; standard error by default.

    Raises:
        ProjectError: an environment variable has no sense.
    """
    stream = stream or sys.stderr
    log = _event_log(log_format, log_level, stream)

    def warn(level: str, event: str, **facts: str) -> None:
        if log is not None:
            log.note(level, event, **facts)
        elif level != "info":
            told = ", ".join(f"{name} {value}" for name, value in facts.items())
            print(f"warning: {event}: {told}", file=stream)

    watchers: list[Watcher] = [log] if log is not None else []
    sinks = _sinks(metrics, stream)
    if sinks:
        from runner.metrics import Metrics

        watchers.append(Metrics(sinks))
    routes = alert_routes()
    if routes:
        from runner.alerts import Alerts

        def tell(level: str, route: str, outcome: str) -> None:
            warn(level, "alert", route=route, outcome=outcome)

        watchers.append(Alerts(routes, tell, alert_timeout()))
    return Telemetry(
        Watchers(watchers, lambda line: warn("warning", "watcher failed", reason=line)),
        is_plain=log_format != "json",
    )


def _event_log(log_format: str, log_level: str | None, stream: TextIO) -> EventLog | None:
    """On a terminal the progress says it all; the log is for who asks for a level or a format."""
    is_terminal = stream.isatty()
    if log_format == "auto" and is_terminal and log_level is None:
        return None
    from runner.eventlog import EventLog

    as_json = log_format == "json" or (log_format == "auto" and not is_terminal)
    return EventLog(stream, as_json, log_level or "info")


def _sinks(names: tuple[str, ...], stream: TextIO) -> list[Sink]:
    chosen = [name for name in dict.fromkeys(names) if name != "none"]
    if not chosen:
        return []
    from runner import metrics

    namespace = os.environ.get(METRICS_NAMESPACE) or metrics.NAMESPACE
    makers: dict[str, Callable[[], Sink]] = {
        "cloudwatch": lambda: metrics.EmbeddedMetrics(stream, namespace),
        "dogstatsd": lambda: metrics.DogStatsd(namespace),
    }
    return [makers[name]() for name in chosen]


def alert_routes(environment: Mapping[str, str] = os.environ) -> list[Route]:
    """The routes that the environment names.

    Raises:
        ProjectError: an address has no sense.
    """
    named = {name: environment.get(name, "").strip() for name in (
        PAGERDUTY_KEY, PAGERDUTY_URL, SLACK_WEBHOOK, WEBHOOK
    )}  # fmt: skip
    if not any(named.values()):
        return []
    from runner import alert_routes as routes

    for name in (PAGERDUTY_URL, SLACK_WEBHOOK, WEBHOOK):
        _check_url(name, named[name], needs_tls=name == PAGERDUTY_URL)
    found: list[Route] = []
    if named[PAGERDUTY_KEY]:
        found.append(routes.PagerDuty(named[PAGERDUTY_KEY], named[PAGERDUTY_URL] or None))
    if named[SLACK_WEBHOOK]:
        found.append(routes.Slack(named[SLACK_WEBHOOK]))
    if named[WEBHOOK]:
        found.append(routes.Webhook(named[WEBHOOK]))
    return found


def alert_timeout(environment: Mapping[str, str] = os.environ) -> float:
    """Seconds that a run waits for alert services.

    Raises:
        ProjectError: it is no such number.
    """
    from runner.alerts import PATIENCE

    text = environment.get(ALERT_TIMEOUT, "").strip()
    if not text:
        return PATIENCE
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not SHORTEST_TIMEOUT <= seconds <= LONGEST_TIMEOUT:
        raise ProjectError(
            f"{ALERT_TIMEOUT} is {text!r}: it is a number of seconds from {SHORTEST_TIMEOUT:g} to "
            f"{LONGEST_TIMEOUT:g}"
        )
    return seconds


def _check_url(name: str, url: str, needs_tls: bool) -> None:
    """The address itself is a secret, and is not shown."""
    if not url:
        return
    from runner.alert_routes import LOOPBACK

    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ProjectError(f"{name} is no URL: write it as https://host/path") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ProjectError(f"{name} is no URL: write it as https://host/path")
    if needs_tls and parts.scheme != "https" and host not in LOOPBACK:
        raise ProjectError(f"{name} is not https://, as PagerDuty's client needs it")
