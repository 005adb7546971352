"""How the process of ``python -m runner`` ends: with its code, and with all that it said."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from runner.project import PROJECT_DIR


def ended(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """The command as a user starts it."""
    return subprocess.run(
        [sys.executable, "-m", "runner", *arguments],
        cwd=PROJECT_DIR,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [(["--help"], 0, "nightly"), (["--version"], 0, "segment_attribution"), (["nowhere"], 2, "")],
)
def test_all_that_was_said_arrives(arguments: list[str], code: int, said: str) -> None:
    done = ended(*arguments)
    assert done.returncode == code
    assert said in done.stdout
    assert ("nowhere" in done.stderr) == (code == 2)


def test_a_reader_that_is_gone_leads_to_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = ended("--help", stdout=writing)
    finally:
        os.close(writing)
    assert done.returncode == 1
    assert done.stderr == ""
