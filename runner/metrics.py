"""What a run is measured by, and the two ways to tell it: lines for CloudWatch, or DogStatsD."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from runner.bounded import run_within
from runner.watching import RunEnd, Watcher

NAMESPACE = "segment_attribution"
# UDP needs no answer; this is for a name server that gives none
SENDING_SECONDS = 2.0
# seconds between the client's metrics about itself
NEVER = 2**31
ROW_KINDS = ("read", "kept", "known", "duplicate", "rejected")
# lock_not_available, deadlock_detected
LOCK_STATES = frozenset({"55P03", "40P01"})
LOCK_STEP = "locks"


@dataclass(frozen=True)
class Measurement:
    """One number.

    Attributes:
        unit: Seconds or Count, as CloudWatch calls them.
        is_count: numbers of several runs can be added up; else each stands for itself.
        tags: whose number it is.
    """

    name: str
    value: float
    unit: str = "Seconds"
    is_count: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


class Sink:
    """Where measurements go."""

    def send(self, measurements: Sequence[Measurement]) -> None:
        """Send them; must not take long."""
        raise NotImplementedError


class Metrics(Watcher):
    """Measures a run when it ends.

    Args:
        sinks: each is given all measurements.
    """

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = sinks

    def run_ended(self, run: RunEnd) -> None:
        """Measure it.

        Raises:
            Exception: the first that a sink met; the others have got theirs.
        """
        measurements = list(measure(run))
        problems = []
        for sink in self._sinks:
            try:
                sink.send(measurements)
            except Exception as error:
                problems.append(error)
        if problems:
            raise problems[0]


def measure(run: RunEnd) -> Iterator[Measurement]:
    """All measurements of a run; docs/operations.md says what each means."""
    target = {"target": run.start.target}
    yield Measurement("run_seconds", run.seconds, tags=target)
    yield Measurement("run_succeeded", float(run.status == "done"), "Count", tags=target)
    for step in dict.fromkeys(one.step_name for one in run.attempts):
        yield from _of_step(run, step, {**target, "step": step})
    yield Measurement("lock_wait_seconds", run.step_seconds.get(LOCK_STEP, 0.0), tags=target)
    for row in run.accounts:
        place = {"source": row["source_name"], "source_table": row["source_table"]}
        for kind in ROW_KINDS:
            value = row[f"rows_{kind}"]
            yield Measurement(f"rows_{kind}", value, "Count", True, {**target, **place})
    if run.gauges is None:
        return
    for row in run.gauges.lags:
        place = {"source": row["source_name"], "source_table": row["source_table"]}
        yield Measurement("newest_event_lag_seconds", row["lag_seconds"], tags={**target, **place})
    if run.gauges.months_ahead is not None:
        yield Measurement("partitions_ahead", run.gauges.months_ahead, "Count", tags=target)


def _of_step(run: RunEnd, step: str, tags: Mapping[str, str]) -> Iterator[Measurement]:
    attempts = [one for one in run.attempts if one.step_name == step]
    retries = sum(one.outcome == "tried again" for one in attempts)
    lock_waits = sum(one.sqlstate in LOCK_STATES for one in attempts)
    of_attempts = sum(one.seconds or 0.0 for one in attempts)
    yield Measurement("step_seconds", run.step_seconds.get(step, of_attempts), tags=tags)
    yield Measurement("retries", retries, "Count", True, tags)
    yield Measurement("lock_waits", lock_waits, "Count", True, tags)


class EmbeddedMetrics(Sink):
    """CloudWatch's embedded metric format: JSON lines that CloudWatch Logs makes metrics of.

    Each number is there with its tags as dimensions, and once more for the target as a whole, so
    that an alarm needs no dimension that a deployment has of its own.

    Args:
        stream: which CloudWatch Logs, or its agent, reads.
        namespace: of the metrics.
    """

    def __init__(self, stream: TextIO, namespace: str = NAMESPACE) -> None:
        self._stream = stream
        self._namespace = namespace

    def send(self, measurements: Sequence[Measurement]) -> None:
        """A line for each combination of tags."""
        groups: dict[tuple[tuple[str, str], ...], list[Measurement]] = {}
        for one in measurements:
            groups.setdefault(tuple(one.tags.items()), []).append(one)
        milliseconds = int(time.time() * 1000)
        for tags, members in groups.items():
            self._stream.write(self._line(dict(tags), members, milliseconds) + "\n")
        self._stream.flush()

    def _line(self, tags: dict[str, str], members: Sequence[Measurement], milliseconds: int) -> str:
        names = list(tags)
        dimensions = [names] if names == ["target"] else [["target"], names]
        told = [{"Name": one.name, "Unit": one.unit} for one in members]
        document = {
            "_aws": {
                "Timestamp": milliseconds,
                "CloudWatchMetrics": [
                    {"Namespace": self._namespace, "Dimensions": dimensions, "Metrics": told}
                ],
            },
            **tags,
            **{one.name: one.value for one in members},
        }
        return json.dumps(document, ensure_ascii=False)


class DogStatsd(Sink):
    """Datagrams for Datadog's agent, or another that reads DogStatsD.

    DD_AGENT_HOST and DD_DOGSTATSD_PORT, or DD_DOGSTATSD_URL, say where it is.

    Args:
        namespace: stands before each name.
    """

    def __init__(self, namespace: str = NAMESPACE) -> None:
        self._namespace = namespace

    def send(self, measurements: Sequence[Measurement]) -> None:
        """Send them; a dead agent is not noticed, and a dead name server not waited for.

        Raises:
            Exception: why nothing was sent.
        """
        found = run_within(SENDING_SECONDS, [lambda: self._send(measurements)])[0]
        if isinstance(found, Exception):
            raise found

    def _send(self, measurements: Sequence[Measurement]) -> None:
        from datadog.dogstatsd.base import DogStatsd as Client

        # it says so where nothing listens, on standard error; here that is counted
        logging.getLogger("datadog.dogstatsd").propagate = False
        client = Client(namespace=self._namespace, telemetry_min_flush_interval=NEVER)
        client.open_buffer()
        for one in measurements:
            tags = [f"{name}:{value}" for name, value in one.tags.items()]
            (client.count if one.is_count else client.gauge)(one.name, one.value, tags=tags)
        client.close_buffer()
        client.close_socket()
        if client.packets_dropped:
            raise OSError(f"no agent takes metrics at {client.host or client.socket_path}")
