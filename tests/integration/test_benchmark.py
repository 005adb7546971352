"""The benchmark in small: it runs and fills in every figure; no time is asserted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from runner.project import PROJECT_DIR

FIGURES = {
    "machine",
    "versions",
    "history_events",
    "bare_statement_seconds",
    "first_build_seconds",
    "nightly_seconds_10m",
    "nightly_seconds_40m",
    "nightly_without_reporting_seconds_10m",
    "idle_night_seconds",
    "idle_rows_written",
    "night_peak_temp_mb",
    "disk_ratio",
    "step_seconds",
}


def test_the_benchmark_in_small(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "--events", "200000", "--large", "0"]
    command += ["--day", "1000", "--days", "1", "--output", str(tmp_path)]
    done = subprocess.run(
        command, cwd=PROJECT_DIR, env=dict(os.environ), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "latest.json").read_text("utf-8"))
    assert results.keys() >= FIGURES
    assert results["history_events"] == 200_000
    assert results["idle_rows_written"] == 0
    assert (tmp_path / "time_by_history.svg").read_text("utf-8").startswith("<svg")
