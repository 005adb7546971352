"""The numbers of a run, as CloudWatch reads them from lines, and Datadog's agent from datagrams."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from runner.metrics import DogStatsd, EmbeddedMetrics, Measurement, Metrics, Sink, measure
from runner.watching import RunEnd, Watchers
from tests.support.ended import done, failed
from tests.support.services import agent, closed_port

# the last that a run's measurements have
LAST = "segment_attribution.partitions_ahead"


def told(run: RunEnd, name: str, **tags: str) -> list[float]:
    """Values of the measurements of this name with these tags."""
    return [
        one.value
        for one in measure(run)
        if one.name == name and tags.items() <= dict(one.tags).items()
    ]


def test_a_run_is_measured() -> None:
    run = done()
    assert told(run, "run_seconds") == [9.5]
    assert told(run, "run_succeeded") == [1]
    assert told(run, "step_seconds", step="models") == [6.0]
    assert told(run, "retries", step="models") == [1]
    assert told(run, "retries", step="months") == [0]
    assert told(run, "lock_waits", step="models") == [1]
    assert told(run, "lock_wait_seconds") == [0.1]
    assert told(run, "rows_rejected", source_table="pages") == [100]
    assert told(run, "newest_event_lag_seconds", source="app", source_table="tracks") == [90.0]
    assert told(run, "partitions_ahead") == [3]
    assert {one.tags["target"] for one in measure(run)} == {"prod"}


def test_a_run_that_fails_is_measured_as_far_as_it_got() -> None:
    run = failed(gauges=None, accounts=())
    assert told(run, "run_succeeded") == [0]
    assert told(run, "lock_waits", step="models") == [2]
    assert not told(run, "rows_read")
    assert told(failed(attempts=(), gauges=None), "run_seconds") == [9.5]


def test_cloudwatch_is_told_in_its_embedded_format() -> None:
    stream = io.StringIO()
    EmbeddedMetrics(stream, "shop").send(list(measure(done())))
    documents = [json.loads(line) for line in stream.getvalue().splitlines()]
    whole: dict[str, Any] = {}
    for document in documents:
        (told_metrics,) = document["_aws"]["CloudWatchMetrics"]
        assert told_metrics["Namespace"] == "shop"
        assert document["_aws"]["Timestamp"] > 1_700_000_000_000
        # each dimension and each metric that is named has its value beside it, as a number or text
        for dimensions in told_metrics["Dimensions"]:
            assert all(isinstance(document[name], str) for name in dimensions)
        for metric in told_metrics["Metrics"]:
            assert isinstance(document[metric["Name"]], (int, float))
            assert metric["Unit"] in ("Seconds", "Count")
            whole.setdefault(metric["Name"], []).append(document[metric["Name"]])
        # an alarm on the target needs no other dimension
        assert ["target"] in told_metrics["Dimensions"]
    assert whole["rows_rejected"] == [1, 100]
    assert whole["run_seconds"] == [9.5]


def test_an_agent_is_sent_datagrams(monkeypatch: pytest.MonkeyPatch) -> None:
    with agent() as listening:
        monkeypatch.setenv("DD_AGENT_HOST", "127.0.0.1")
        monkeypatch.setenv("DD_DOGSTATSD_PORT", str(listening.port))
        DogStatsd().send(list(measure(done())))
        lines = listening.lines(LAST)
    assert "segment_attribution.run_seconds:9.5|g|#target:prod" in lines
    assert "segment_attribution.retries:1|c|#target:prod,step:models" in lines
    rejected = "segment_attribution.rows_rejected:100|c|#target:prod,source:app,source_table:pages"
    assert rejected in lines
    assert len(lines) == len(list(measure(done())))


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_dead_agent_changes_nothing(
    host: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The other sink gets its numbers, a warning says why this one does not, and nothing else."""
    monkeypatch.setenv("DD_AGENT_HOST", host)
    monkeypatch.setenv("DD_DOGSTATSD_PORT", str(closed_port()))
    stream, warnings = io.StringIO(), []
    watchers = Watchers([Metrics([DogStatsd(), EmbeddedMetrics(stream)])], warnings.append)
    watchers.run_ended(done())
    assert stream.getvalue()
    assert [host in line for line in warnings] == [True]
    assert capfd.readouterr() == ("", "")


def test_a_name_server_that_is_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.metrics.SENDING_SECONDS", 0.2)

    class Silent(DogStatsd):
        def _send(self, measurements: Any) -> None:
            import threading

            threading.Event().wait()

    warnings: list[str] = []
    Watchers([Metrics([Silent()])], warnings.append).run_ended(done())
    assert warnings == ["Metrics failed: TookTooLong: no answer within 0.2 s"]


def test_a_sink_is_given_numbers_only() -> None:
    given: list[Measurement] = []

    class Kept(Sink):
        def send(self, measurements: Any) -> None:
            given.extend(measurements)

    Metrics([Kept()]).run_ended(failed())
    assert given
    assert all(isinstance(one.value, (int, float)) for one in given)
