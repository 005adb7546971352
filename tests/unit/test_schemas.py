"""Where the tables of the project are, without dbt."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runner.errors import ProjectError
from runner.project import PROJECT_DIR
from runner.schemas import project_schemas

PROJECT = """
profile: mine
models:
  mine:
    staging: {+materialized: ephemeral}
    a: {+schema: alpha}
    deep: {er: {+schema: beta}}
seeds:
  mine: {+schema: alpha}
"""
PROFILE = """
mine:
  target: "{{ env_var('DBT_TARGET', 'prod') }}"
  outputs:
    prod: {schema: public}
    dev: {schema: "{{ env_var('DEV_SCHEMA', 'dev') }}"}
    odd: {schema: "{{ env_var('NOT_SET') }}"}
    odder: {schema: "{{ 'a' ~ 'b' }}"}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a profile of its own, and nothing in the environment."""
    for name in ("DBT_PROFILES_DIR", "DBT_TARGET", "DEV_SCHEMA", "NOT_SET"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    (tmp_path / "profiles.yml.example").write_text(PROFILE)
    return tmp_path


def test_schemas_have_their_own_names_on_prod_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project_schemas(folder) == ["alpha", "beta"]
    monkeypatch.setenv("DBT_TARGET", "dev")
    assert project_schemas(folder) == ["dev_alpha", "dev_beta"]
    monkeypatch.setenv("DEV_SCHEMA", "mine")
    assert project_schemas(folder) == ["mine_alpha", "mine_beta"]


def test_a_profile_of_ones_own_comes_before_the_example(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "profiles.yml").write_text(PROFILE.replace("'prod'", "'dev'"))
    assert project_schemas(folder) == ["dev_alpha", "dev_beta"]
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("DBT_PROFILES_DIR", str(elsewhere))
    with pytest.raises(ProjectError, match="cannot be read"):
        project_schemas(folder)
    (elsewhere / "profiles.yml").write_text(PROFILE)
    assert project_schemas(folder) == ["alpha", "beta"]


@pytest.mark.parametrize(
    ("target", "problem"),
    [("none", "no target 'none'"), ("odd", "NOT_SET is not set"), ("odder", "without dbt")],
)
def test_a_profile_that_cannot_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, target: str, problem: str
) -> None:
    monkeypatch.setenv("DBT_TARGET", target)
    with pytest.raises(ProjectError, match=problem):
        project_schemas(folder)


def test_the_schemas_of_this_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBT_TARGET", raising=False)
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    found = project_schemas()
    assert {"partitioning", "aliasing", "sessions_stages", "sessions", "reference"} <= set(found)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the project's own settings and the example of a profile."""
    for name in ("dbt_project.yml", "profiles.yml.example"):
        shutil.copy(PROJECT_DIR / name, tmp_path / name)
    for name in ("DBT_TARGET", "DBT_PROFILES_DIR", "MY_SCHEMA"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_schemas_have_their_names_on_prod_and_a_prefix_elsewhere(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {"partitioning", "aliasing", "sessions_stages", "sessions", "reference"}
    assert wanted <= set(project_schemas(project))
    assert "public" not in project_schemas(project)
    monkeypatch.setenv("DBT_TARGET", "staging")
    assert {f"staging_{name}" for name in wanted} <= set(project_schemas(project))
    assert not wanted & set(project_schemas(project))


def test_a_profile_of_ones_own_counts(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
        segment_attribution:
          target: mine
          outputs:
            mine: {type: postgres, schema: "{{ env_var('MY_SCHEMA', 'own') }}"}
    """
    (project / "profiles.yml").write_text(text, "utf-8")
    assert "own_sessions" in project_schemas(project)
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "profiles.yml").write_text(text, "utf-8")
    (project / "profiles.yml").write_text("nothing: here", "utf-8")
    monkeypatch.setenv("DBT_PROFILES_DIR", str(elsewhere))
    monkeypatch.setenv("MY_SCHEMA", "other")
    assert "other_sessions" in project_schemas(project)


@pytest.mark.parametrize(
    "profile, word",
    [
        ("segment_attribution: {outputs: {a: {schema: b}}}", "no target 'default'; it has a"),
        ("other: {}", "no profile 'segment_attribution'"),
        (
            "segment_attribution: {target: '{{ env_var(\"MY_SCHEMA\") }}', outputs: {}}",
            "no MY_SCHEMA",
        ),
        ("segment_attribution: {target: '{{ target_of() }}', outputs: {}}", "without dbt"),
        ("- [", "cannot be read"),
    ],
)
def test_a_profile_that_says_nothing_is_an_error_of_one_line(
    project: Path, profile: str, word: str
) -> None:
    (project / "profiles.yml").write_text(profile, "utf-8")
    with pytest.raises(ProjectError) as caught:
        project_schemas(project)
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)
