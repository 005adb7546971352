"""Make deploy/requirements.txt, the lock file of the container.

Usage: python scripts/lock_container.py [--check]

What it holds: every package that the runner needs, without those for tests and the demo, in the
version of constraints.txt, with the hashes of all its files in the package index. It is resolved
for Alpine on x86_64 and aarch64 from wheels alone, and written only where both agree: a package
that would have to be compiled there stops it. ``--check`` writes nothing and exits with 1 where
the file is another one. Run it after each change of constraints.txt.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from uv import find_uv_bin

PROJECT = Path(__file__).resolve().parent.parent
LOCK = PROJECT / "deploy" / "requirements.txt"
PLATFORMS = ("x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl")
ALL = ("pyproject.toml", "--constraint", "constraints.txt")
PYTHON = re.compile(r"/python:(\d+\.\d+)")
HEAD = "# Made by scripts/lock_container.py from pyproject.toml and constraints.txt: do not edit.\n"


class LockError(Exception):
    """There is no such lock."""


def uv(*arguments: str) -> str:
    """Run uv, and give what it says.

    Raises:
        LockError: it failed; the text is uv's.
    """
    command = [find_uv_bin(), "--system-certs", "--no-config", "--color", "never", *arguments]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    if done.returncode:
        raise LockError(done.stderr.strip())
    return done.stdout + done.stderr


def python_version() -> str:
    """The Python of the image."""
    text = (PROJECT / "deploy" / "Dockerfile").read_text("utf-8")
    return PYTHON.search(text)[1]


def resolved(platform: str, *what: str) -> str:
    """The lock of one platform.

    Args:
        platform: one of ``PLATFORMS``.
        what: the file that names the packages, and further options of uv; by default all that the
            runner needs.

    Raises:
        LockError: a package has no wheel for it, or the index cannot be reached.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "requirements.txt"
        uv(
            *("pip", "compile", *(what or ALL)),
            *("--python-platform", platform, "--python-version", python_version()),
            *("--only-binary", ":all:", "--generate-hashes", "--no-annotate", "--no-header"),
            *("--quiet", "--output-file", str(made)),
        )
        return made.read_text("utf-8")


def check_installable(requirement_file: Path, platform: str) -> str:
    """Have an installation from this file planned for a platform, from wheels alone.

    Raises:
        LockError: a package has no wheel for it, or no hash.
    """
    with tempfile.TemporaryDirectory() as folder:
        return uv(
            *("pip", "install", "--dry-run", "--target", folder, "--no-deps"),
            *("--require-hashes", "--requirement", str(requirement_file)),
            *("--python-platform", platform, "--python-version", python_version()),
            *("--only-binary", ":all:"),
        )


def main() -> int:
    """Write the lock; with ``--check`` compare it. 1 where something is not right."""
    try:
        texts = {platform: resolved(platform) for platform in PLATFORMS}
    except LockError as error:
        print(f"deploy/requirements.txt: not made: {error}", file=sys.stderr)
        return 1
    if len(set(texts.values())) > 1:
        print("deploy/requirements.txt: not made: the platforms need different packages")
        return 1
    text = HEAD + texts[PLATFORMS[0]]
    if "--check" not in sys.argv[1:]:
        LOCK.write_text(text, "utf-8")
    elif LOCK.read_text("utf-8") != text:
        print("deploy/requirements.txt: it is out of date: run python scripts/lock_container.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
