"""crontab, systemd, and the commands of the build: sound, and fit for the runner's exit codes."""

from __future__ import annotations

import ast
import configparser
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from runner import cli, errors
from runner.project import PROJECT_DIR
from scripts import check_readme
from tests.deploy import dockerfiles
from tests.deploy.test_image import files_of
from tests.support.runs import rows_of_day
from tests.support.warehouse import Warehouse

CRONTAB = dockerfiles.DEPLOY / "crontab"
UNITS = dockerfiles.DEPLOY / "systemd"
SERVICE = UNITS / "segment-attribution.service"
TIMER = UNITS / "segment-attribution.timer"
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def cron_lines() -> tuple[dict[str, str], list[tuple[list[str], str]]]:
    """Variables, and the five fields and the command of each line."""
    variables: dict[str, str] = {}
    jobs = []
    for line in CRONTAB.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name = re.match(r"(\w+)\s*=\s*(.*)$", line)
        if name:
            variables[name[1]] = name[2]
        else:
            words = line.split(None, 5)
            jobs.append((words[:5], words[5]))
    return variables, jobs


def test_crontab_lines_are_such() -> None:
    variables, jobs = cron_lines()
    assert len(jobs) == 2
    for fields, command in jobs:
        for field, (least, most) in zip(fields, FIELDS, strict=True):
            assert field == "*" or least <= int(field) <= most
        # to cron a percent sign is the end of the line
        assert "%" not in command
        subprocess.run(["sh", "-n", "-c", command], check=True)
    assert variables["SHELL"] == "/bin/sh"
    assert CRONTAB.read_bytes().endswith(b"\n")


@pytest.mark.long
def test_the_line_of_crontab_runs_a_night(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.create_source()
    warehouse.insert("segment", "tracks", rows_of_day(0))
    python = tmp_path / "project" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\ncd "{PROJECT_DIR}" && exec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)
    variables, jobs = cron_lines()
    home = tmp_path / "home"
    home.mkdir()
    # as cron has it: little but what stands in the crontab; here another place and server
    environment = {
        **variables,
        **{
            name: value
            for name, value in warehouse.environment().items()
            if name.startswith(("PG", "DBT_"))
        },
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "PROJECT": str(tmp_path / "project"),
        "PGSSLMODE": "prefer",
    }
    for _, command in jobs:
        subprocess.run(["/bin/sh", "-c", command], env=environment, cwd=home, check=True)
    assert set(files_of(home)) == {"nightly.log", "nightly.jsonl", "check.log"}
    last = json.loads((home / "nightly.jsonl").read_text("utf-8").splitlines()[-1])
    assert (last["event"], last["status"]) == ("run ended", "done")


def unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """The values of each name in each section of a unit."""

    class Several(dict[str, str]):
        """Names may come more than once."""

        def __setitem__(self, name: str, value: str) -> None:
            if isinstance(value, list) and name in self:
                self[name].extend(value)
            else:
                super().__setitem__(name, value)

    parser = configparser.RawConfigParser(
        strict=False, dict_type=Several, comment_prefixes="#", empty_lines_in_values=False
    )
    parser.optionxform = str
    parser.read(path, "utf-8")
    return {
        name: {key: parser.get(name, key).splitlines() for key in parser.options(name)}
        for name in parser.sections()
    }


def systemd_analyze(*arguments: str) -> str:
    """What it says; the test is left out where it is not installed."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed here")
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_knows_every_line(tmp_path: Path) -> None:
    for path in (SERVICE, TIMER):
        text = path.read_text("utf-8")
        # the project is not there yet
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE)
        (tmp_path / path.name).write_text(text, "utf-8")
    copies = [str(tmp_path / path.name) for path in (SERVICE, TIMER)]
    assert systemd_analyze("verify", *copies) == ""
    [calendar] = unit(TIMER)["Timer"]["OnCalendar"]
    assert "Next elapse" in systemd_analyze("calendar", calendar)


def test_the_service_is_shut_in(tmp_path: Path) -> None:
    copy = tmp_path / SERVICE.name
    shutil.copy(SERVICE, copy)
    said = systemd_analyze("security", "--offline=true", "--threshold=20", str(copy))
    assert "Overall exposure level" in said


def exit_codes() -> set[int]:
    """Of all errors."""
    return {
        one.exit_code
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, errors.RunnerError)
    }


def test_systemd_starts_again_what_time_can_heal() -> None:
    service = unit(SERVICE)["Service"]
    assert service["Restart"] == ["on-failure"]
    never = {int(one) for one in service["RestartPreventExitStatus"][0].split()}
    again = {errors.ConnectionFailed, errors.ModelsFailed, errors.BlockedByLocks}
    assert not never & {one.exit_code for one in again}
    assert never - {130, 143} == exit_codes() - {one.exit_code for one in again}
    assert service["SuccessExitStatus"] == [str(errors.AnotherRun.exit_code)]
    assert service["ExecStart"][0].endswith(".venv/bin/python -m runner nightly")


def test_the_commands_of_the_build_are_bash() -> None:
    build = yaml.safe_load((dockerfiles.DEPLOY / "buildspec.yml").read_text("utf-8"))
    assert str(build["version"]) == "0.2"
    assert build["env"]["exported-variables"] == ["IMAGE_URI"]
    assert set(build["phases"]) <= {"install", "pre_build", "build", "post_build"}
    commands = [
        command for phase in build["phases"].values() for command in phase.get("commands", [])
    ]
    for command in commands:
        subprocess.run(["bash", "-n", "-c", command], check=True)
    text = "\n".join(commands)
    targets = re.findall(r"^([\w-]+):", (PROJECT_DIR / "Makefile").read_text("utf-8"), re.M)
    assert set(re.findall(r"\bmake ([\w-]+)", text)) <= set(targets)
    for path in re.findall(r"\b((?:scripts|deploy)/[\w./]+)", text):
        assert (PROJECT_DIR / path).exists(), path
    # a failure ends it: nothing is pushed that was not tried
    assert all(phase["on-failure"] == "ABORT" for phase in build["phases"].values())
    assert text.index("docker run --rm --read-only") < text.index("docker push")


def operations() -> str:
    """The runbook."""
    return (PROJECT_DIR / "docs" / "operations.md").read_text("utf-8")


def test_the_runbook_names_what_is_there() -> None:
    text = operations()
    known = check_readme.commands(cli.main)
    # the DAG has a test of its own
    shell = PYTHON_BLOCK.sub("", text)
    findings = [
        one
        for one in check_readme.command_findings(shell, known)
        # README names all, the runbook those it needs
        if not one.endswith("is not in README")
    ]
    assert findings == []
    folder = PROJECT_DIR / "docs"
    links = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", text)
    for path, heading in links:
        target = (folder / path).resolve() if path else folder / "operations.md"
        assert target.exists(), path
        if heading:
            titles = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
            slugs = {
                re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in titles
            }
            assert heading in slugs, f"{path}#{heading}"


def test_the_runbook_knows_every_exit_code() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|", operations(), re.MULTILINE)
    told = {int(code) for row in rows for code in row.split(", ")}
    assert exit_codes() | {0} <= told
    assert {128 + number for number in (1, 2, 9, 15)} <= told


def test_the_dag_is_python_and_runs_the_nightly() -> None:
    [block] = PYTHON_BLOCK.findall(operations())
    calls = {
        getattr(node.func, "id", ""): {one.arg: one.value for one in node.keywords}
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.Call)
    }
    assert ast.literal_eval(calls["DAG"]["max_active_runs"]) == 1
    assert ast.literal_eval(calls["DAG"]["catchup"]) is False
    command = ast.literal_eval(calls["BashOperator"]["bash_command"])
    assert command.endswith("python -m runner nightly")
    skipped = ast.literal_eval(calls["BashOperator"]["skip_on_exit_code"])
    assert skipped == errors.AnotherRun.exit_code
