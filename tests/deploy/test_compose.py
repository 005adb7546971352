"""The compose file: what the compose specification allows, and what the image asks for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.deploy import dockerfiles

COMPOSE = dockerfiles.DEPLOY / "compose.yaml"
SCHEMA = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
IMAGE = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")


def services() -> dict[str, Any]:
    """By name."""
    return yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]


def check(path: Path) -> subprocess.CompletedProcess[str]:
    """Against the schema of the compose specification."""
    return subprocess.run([sys.executable, *SCHEMA, path], capture_output=True, text=True)


def test_it_is_what_the_specification_allows() -> None:
    assert check(COMPOSE).returncode == 0, check(COMPOSE).stdout


def test_another_thing_would_be_found(tmp_path: Path) -> None:
    bad = tmp_path / "compose.yaml"
    bad.write_text(COMPOSE.read_text("utf-8").replace("read_only: true", "readonly: true"), "utf-8")
    assert check(bad).returncode == 1


def test_the_runner_has_what_the_image_asks_for() -> None:
    runner = services()["runner"]
    final = {one.name: one for one in dockerfiles.stages()[-1]}
    user, group = final["USER"].text.split(":")
    [volume] = final["VOLUME"].listed
    assert runner["read_only"] is True and runner["cap_drop"] == ["ALL"]
    assert runner["tmpfs"] == [f"{volume}:uid={user},gid={group},mode=0700"]
    build = runner["build"]
    assert (COMPOSE.parent / build["context"]).resolve() == dockerfiles.PROJECT_DIR
    assert (COMPOSE.parent / build["context"] / build["dockerfile"]).exists()


def test_the_runner_reaches_the_server() -> None:
    postgres, runner = services()["postgres"], services()["runner"]
    assert IMAGE.fullmatch(postgres["image"])
    given, used = postgres["environment"], runner["environment"]
    for theirs, ours in {
        "POSTGRES_USER": "PGUSER",
        "POSTGRES_DB": "PGDATABASE",
        "POSTGRES_PASSWORD": "PGPASSWORD",
    }.items():
        assert given[theirs] == used[ours]
    assert used["PGHOST"] in services()
    assert runner["depends_on"][used["PGHOST"]] == {"condition": "service_healthy"}
    assert "healthcheck" in postgres
    # nobody else in the network reaches a laptop's server
    assert all(str(port).startswith("127.0.0.1:") for port in postgres["ports"])
    # the image of 18 keeps its data one folder higher than those before
    assert postgres["volumes"] == ["postgres:/var/lib/postgresql"]
