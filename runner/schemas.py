"""The schemas of the project, read without dbt, which takes seconds to load."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runner.errors import ProjectError
from runner.project import PROJECT_DIR
from runner.yaml_files import read_yaml

ENV_VAR = re.compile(
    r"\{\{\s*env_var\(\s*(?P<quote>['\"])(?P<name>\w+)(?P=quote)\s*"
    r"(?:,\s*(?P<mark>['\"])(?P<default>.*?)(?P=mark)\s*)?\)\s*\}\}"
)


def project_schemas(directory: Path = PROJECT_DIR) -> list[str]:
    """The schemas that dbt_project.yml names, as they are called on this target.

    Args:
        directory: folder with dbt_project.yml.

    Raises:
        ProjectError: dbt_project.yml or the profile cannot be read, or there is no such target.
    """
    return list(schemas_by_name(directory).values())


def schemas_by_name(directory: Path = PROJECT_DIR) -> dict[str, str]:
    """The same by the names that dbt_project.yml has for them, sorted.

    On target ``prod`` they are called what the project calls them; on any other target the
    target's own schema stands before (macros/settings/contract_schema.sql).

    Args:
        directory: folder with dbt_project.yml.

    Raises:
        ProjectError: dbt_project.yml or the profile cannot be read, or there is no such target.
    """
    project = read_yaml(directory / "dbt_project.yml")
    named = sorted(
        {name for part in ("models", "seeds") for name in _named_schemas(project.get(part))}
    )
    path = _profiles_file(directory)
    profile = read_yaml(path).get(str(project.get("profile")))
    outputs = profile.get("outputs") if isinstance(profile, dict) else None
    if not isinstance(profile, dict) or not isinstance(outputs, dict):
        raise ProjectError(f"{path}: there is no profile '{project.get('profile')}' with outputs")
    target = _filled_in(profile.get("target", "default"), path)
    if not isinstance(outputs.get(target), dict):
        known = ", ".join(map(str, outputs))
        raise ProjectError(f"{path}: there is no target '{target}'; it has {known} (DBT_TARGET)")
    if target == "prod":
        return {name: name for name in named}
    prefix = _filled_in(outputs[target].get("schema", ""), path)
    return {name: f"{prefix}_{name}" for name in named}


def _named_schemas(settings: Any) -> Iterator[str]:
    for key, value in settings.items() if isinstance(settings, dict) else ():
        if key in ("+schema", "schema") and isinstance(value, str):
            yield value.strip()
        else:
            yield from _named_schemas(value)


def _profiles_file(directory: Path) -> Path:
    """Where dbt looks; the example serves where nobody wrote a profile."""
    named = os.environ.get("DBT_PROFILES_DIR")
    if named:
        return Path(named) / "profiles.yml"
    own = directory / "profiles.yml"
    return own if own.exists() else directory / "profiles.yml.example"


def _filled_in(value: Any, path: Path) -> str:
    """A value of the profile with its env_var() calls replaced, the one piece of Jinja known."""

    def look_up(found: re.Match[str]) -> str:
        text = os.environ.get(found["name"], found["default"])
        if text is None:
            name = found["name"]
            raise ProjectError(f"{path}: the environment has no {name}: {name} is not set")
        return text

    text = ENV_VAR.sub(look_up, str(value))
    if "{{" in text or "{%" in text:
        raise ProjectError(f"{path}: cannot read {text!r} without dbt; write it with env_var()")
    return text
