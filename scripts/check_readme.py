"""README keeps its word: what it names exists, and what exists is named.

Checked both ways for commands of `python -m runner` and for settings (vars of dbt_project.yml);
one way for their options, the targets of make and links to files of the project.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import yaml

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

CODE = re.compile(r"^```\w*\n(.*?)^```|`([^`\n]+)`", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"(?:python[\d.]*|bin/python) -m runner((?:[ \t]+\S+)*)")
# `vars.name` in the text, and the first cell of each row of the table below the heading Settings
NAMED_SETTING = re.compile(r"\bvars\.([a-z_]+)")
SETTINGS_PART = re.compile(r"^#+ Settings\b.*?$(.*?)(?=^#+ |\Z)", re.DOTALL | re.MULTILINE)
SETTING_ROW = re.compile(r"^\|\s*`([a-z_]+)`\s*\|", re.MULTILINE)
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")


def code_of(text: str) -> list[str]:
    """The lines of code in a text, blocks and words; a continued line is one."""
    code = [block or word for block, word in CODE.findall(text)]
    return [line.strip() for one in code for line in one.replace("\\\n", " ").splitlines()]


def commands(group: click.Command, above: tuple[str, ...] = ()) -> dict[str, click.Command]:
    """Every command by its words, those in groups too."""
    if not isinstance(group, click.Group):
        return {" ".join(above): group}
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        found |= commands(command, (*above, name))
    return found


def command_findings(text: str, known: dict[str, click.Command]) -> Iterator[str]:
    """Commands and options that are not there, and commands that README leaves out."""
    named = set()
    for line in code_of(text):
        for arguments in COMMAND.findall(line):
            words = re.split(r"\s[#|>&;]", arguments)[0].split()
            if not words or words[0].startswith("-") or words == ["COMMAND"]:
                continue
            name = next(
                (" ".join(words[:size]) for size in (2, 1) if " ".join(words[:size]) in known), ""
            )
            if not name:
                yield f"`python -m runner {words[0]}`: there is no such command"
                continue
            named.add(name)
            options = {
                option
                for parameter in known[name].params
                for option in (*parameter.opts, *parameter.secondary_opts)
            }
            for word in words:
                option = word.strip("[]").split("=")[0]
                if option.startswith("--") and option not in {*options, "--help", "--"}:
                    yield f"`python -m runner {name} {option}`: there is no such option"
    for name in sorted(known.keys() - named):
        yield f"the command `python -m runner {name}` is not in README"


def setting_findings(text: str, known: set[str]) -> Iterator[str]:
    """Settings that are not there, and those that the table leaves out."""
    table = SETTINGS_PART.search(text)
    if table is None:
        yield "there is no part with the heading 'Settings'"
        return
    rows = set(SETTING_ROW.findall(table.group(1)))
    for name in sorted((rows | set(NAMED_SETTING.findall(text))) - known):
        yield f"`{name}`: there is no such setting in dbt_project.yml"
    for name in sorted(known - rows):
        yield f"the setting `{name}` has no row in the table of settings"


def other_findings(text: str) -> Iterator[str]:
    """Targets of make and files that are not there."""
    targets = set(
        re.findall(r"^([\w-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE)
    )
    for line in code_of(text):
        for name in re.findall(r"(?:^|&& |; )make ([\w-]+)", line):
            if name not in targets:
                yield f"`make {name}`: there is no such target"
    for path in LINK.findall(text):
        if not (PROJECT / path).exists():
            yield f"the link to {path} leads nowhere"


def main() -> int:
    """Print a line for each finding; 1 if there are any."""
    from runner.cli import main as cli

    readme = PROJECT / "README.md"
    if not readme.exists():
        print("README.md: it is missing")
        return 1
    text = readme.read_text("utf-8")
    settings = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))["vars"]
    findings = [
        *command_findings(text, commands(cli)),
        *setting_findings(text, set(settings)),
        *other_findings(text),
    ]
    for finding in findings:
        print(f"README.md: {finding}")
    if not findings:
        print("README.md: its commands, settings, targets and links are there")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
