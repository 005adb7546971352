"""Jinja that is compiled once: found again in the next run, and never trusted when damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import pytest
from dbt_common.clients.jinja import get_environment

from runner import dbt_templates
from runner.dbt_templates import Templates, kept_templates

SOURCE = "{% do rows.append(1) %}{{ rows | length }} of {{ name }}"


def rendered(source: str = SOURCE) -> str:
    """As dbt does it: an environment of its own for each template."""
    return get_environment().from_string(source).render({"rows": [], "name": "one"})


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """From here on nothing can be compiled."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(jinja2.Environment, "_generate", refuse)
    return monkeypatch


def test_the_next_run_finds_what_this_one_compiled(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with kept_templates(Templates(tmp_path)):
        assert rendered() == "1 of one"
    request.getfixturevalue("no_compiler")
    with kept_templates(Templates(tmp_path)):
        assert rendered() == "1 of one"
        with pytest.raises(AssertionError, match="compiled again"):
            rendered(SOURCE + "!")
    # and nothing is found where nobody asked for it
    with pytest.raises(AssertionError, match="compiled again"):
        rendered()


@pytest.mark.parametrize("keep", [0, 20, -10])
def test_a_file_that_was_cut_short_is_made_anew(tmp_path: Path, keep: int) -> None:
    templates = Templates(tmp_path)
    with kept_templates(templates):
        rendered()
    whole = templates.path.read_bytes()
    templates.path.write_bytes(whole[:keep])
    with kept_templates(Templates(tmp_path)):
        assert rendered() == "1 of one"
    assert templates.path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with kept_templates(Templates(in_the_way / "folder")):
        assert rendered() == "1 of one"


def test_what_nobody_uses_any_more_goes_once_there_is_much_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kept_templates(Templates(tmp_path)):
        rendered()
        rendered("other")
    with kept_templates(Templates(tmp_path)):
        rendered("third")
    assert len(dbt_templates._read(Templates(tmp_path).path)) == 3
    monkeypatch.setattr(dbt_templates, "MOST_KEPT", 3)
    with kept_templates(Templates(tmp_path)):
        rendered("third")
        rendered("fourth")
    assert len(dbt_templates._read(Templates(tmp_path).path)) == 2


def test_what_renders_settings_and_profiles_is_not_kept(tmp_path: Path) -> None:
    """dbt renders a profile so, and a password in it is a template like any other."""
    templates = Templates(tmp_path)
    with kept_templates(templates):
        for source in ("secret", "secret {{ 42 | as_native }}"):
            get_environment(native=True).from_string(source).render({})
        assert rendered("{{ 42 | as_native }}") == "42"
        assert get_environment(native=True).from_string("{{ 42 | as_native }}").render({}) == 42
    assert len(dbt_templates._read(templates.path)) == 1
    assert b"secret" not in templates.path.read_bytes()
