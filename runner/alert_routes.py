"""Where alerts go: PagerDuty, Slack, or any webhook; each in bounded time, or with a reason."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

if TYPE_CHECKING:
    import requests

TRIGGER, RESOLVE = "trigger", "resolve"
SEVERITIES = ("critical", "error", "warning", "info")
# of one request: to connect, and between two pieces of the answer
REQUEST_SECONDS = 5.0
ATTEMPTS = 3
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0
WORTH_ANOTHER = frozenset({429, 500, 502, 503, 504})
# PagerDuty cuts what is longer
LONGEST_SUMMARY = 1000
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class NotDelivered(Exception):
    """A service did not take an alert; the line says why."""


@dataclass(frozen=True)
class Alert:
    """What goes to a route.

    Attributes:
        action: trigger or resolve.
        dedup_key: what tells this problem from others.
        summary: one line.
        source: the database, as a person names it.
        severity: critical, error, warning or info.
        component: the step.
        kind: class of the problem.
        details: names and values.
    """

    action: str
    dedup_key: str
    summary: str
    source: str
    severity: str = "critical"
    component: str = ""
    kind: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class Route:
    """One service.

    Attributes:
        name: as a person calls it.
        wants_resolve_always: an alert may be open of which the database knows nothing.
    """

    name = ""
    wants_resolve_always = False

    def deliver(self, alerts: Sequence[Alert]) -> None:
        """Send them in their order.

        Raises:
            NotDelivered: the service did not take one of them.
        """
        raise NotImplementedError


class PagerDuty(Route):
    """PagerDuty's Events API v2.

    Args:
        key: routing key of an integration.
        url: of the service region; that of the United States if None.
    """

    name = "pagerduty"
    wants_resolve_always = True

    def __init__(self, key: str, url: str | None = None) -> None:
        self._key = key
        self._url = url

    def deliver(self, alerts: Sequence[Alert]) -> None:
        """Send them."""
        import pagerduty

        # what it says of each attempt would stand between the lines of the run
        logging.getLogger("pagerduty").propagate = False
        client = _pagerduty_client(self._key, self._url)
        try:
            for alert in alerts:
                self._deliver(client, alert)
        except pagerduty.Error as error:
            raise NotDelivered(" ".join(str(error).split())) from None
        finally:
            client.close()

    def _deliver(self, client: Any, alert: Alert) -> None:
        if alert.action == RESOLVE:
            client.resolve(alert.dedup_key)
            return
        client.trigger(
            alert.summary[:LONGEST_SUMMARY],
            alert.source,
            dedup_key=alert.dedup_key,
            severity=alert.severity,
            payload={
                "component": alert.component,
                "group": "segment_attribution",
                "class": alert.kind,
            },
            custom_details=dict(alert.details),
        )


def _pagerduty_client(key: str, url: str | None) -> Any:
    """The client, with few attempts: by itself it waits for a 429 to end without limit."""
    from pagerduty import EventsApiV2Client

    class Relayed(EventsApiV2Client):
        """A relay on this machine may speak plain HTTP, which the client refuses."""

        url = ""

    is_here = url is not None and urlsplit(url).hostname in LOOPBACK
    client = (Relayed if is_here else EventsApiV2Client)(key, base_url=url)
    client.retry = dict.fromkeys(WORTH_ANOTHER, ATTEMPTS - 1)
    client.max_network_attempts = ATTEMPTS - 1
    client.max_http_attempts = ATTEMPTS - 1
    client.sleep_timer = FIRST_PAUSE / client.sleep_timer_base
    client.timeout = REQUEST_SECONDS
    return client


class Webhook(Route):
    """Any service that takes JSON: all that an alert says.

    Args:
        url: where to post.
    """

    name = "webhook"

    def __init__(self, url: str) -> None:
        self._url = url

    def deliver(self, alerts: Sequence[Alert]) -> None:
        """Send them."""
        import requests

        with requests.Session() as session:
            for alert in alerts:
                try:
                    _post(session, self._url, self.body(alert))
                except requests.RequestException as error:
                    # its text has the address in it, which is a secret
                    raise NotDelivered(type(error).__name__) from None

    def body(self, alert: Alert) -> dict[str, Any]:
        """What is posted."""
        return {
            "action": alert.action,
            "dedup_key": alert.dedup_key,
            "severity": alert.severity,
            "summary": alert.summary,
            "source": alert.source,
            "step": alert.component,
            "kind": alert.kind,
            "details": dict(alert.details),
        }


class Slack(Webhook):
    """An incoming webhook of Slack."""

    name = "slack"

    def deliver(self, alerts: Sequence[Alert]) -> None:
        """Send them; that all is well again is said once."""
        resolves = [one for one in alerts if one.action == RESOLVE]
        super().deliver([*(one for one in alerts if one.action != RESOLVE), *resolves[:1]])

    def body(self, alert: Alert) -> dict[str, Any]:
        """A message; what a name or an error holds is no markup."""
        head = f"{alert.severity}: {alert.summary}" if alert.action == TRIGGER else alert.summary
        lines = [head, f"database: {alert.source}"]
        lines += [f"{name}: {value}" for name, value in alert.details.items() if value is not None]
        text = "\n".join(lines)
        for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = text.replace(sign, entity)
        return {"text": text}


class _TryAgain(Exception):
    """A service is busy.

    Attributes:
        pause: seconds it asks to wait; None where it says nothing.
    """

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


def _post(session: requests.Session, url: str, body: Mapping[str, Any]) -> None:
    """Post until it is taken.

    Raises:
        NotDelivered: it was refused, or not taken in so many attempts.
        requests.RequestException: there is no answer.
    """
    import requests

    def post() -> None:
        response = session.post(
            url, json=body, timeout=REQUEST_SECONDS, allow_redirects=False, stream=True
        )
        with response:
            status = response.status_code
            if status in WORTH_ANOTHER:
                raise _TryAgain(f"HTTP {status}", _seconds(response.headers.get("Retry-After")))
            if not 200 <= status < 300:
                raise NotDelivered(f"HTTP {status}")

    tries = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=_pause,
        retry=retry_if_exception_type((_TryAgain, requests.ConnectionError, requests.Timeout)),
        reraise=True,
    )
    try:
        tries(post)
    except _TryAgain as error:
        raise NotDelivered(f"{error}, {ATTEMPTS} times") from None


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.pause if isinstance(error, _TryAgain) else None
    pause = FIRST_PAUSE * 2 ** (state.attempt_number - 1) if asked is None else asked
    return min(pause, LONGEST_PAUSE)


def _seconds(text: str | None) -> float | None:
    """A Retry-After in seconds; one that is a date is not worth the reading."""
    return float(text) if text is not None and text.isdecimal() else None
