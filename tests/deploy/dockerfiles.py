"""A Dockerfile as instructions, and what Docker would copy by them."""

from __future__ import annotations

import json
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from docker.utils.build import exclude_paths

from runner.project import PROJECT_DIR

DEPLOY = PROJECT_DIR / "deploy"
DOCKERFILE = DEPLOY / "Dockerfile"


@dataclass(frozen=True)
class Instruction:
    """One instruction, its lines joined."""

    name: str
    text: str

    @property
    def listed(self) -> list[str]:
        """The words of one in JSON form."""
        return json.loads(self.text)


def stages(path: Path = DOCKERFILE) -> list[list[Instruction]]:
    """The instructions of each stage, beginning with its FROM."""
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    found: list[list[Instruction]] = []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, text = line.strip().partition(" ")
        if name == "FROM":
            found.append([])
        if found and name:
            found[-1].append(Instruction(name, " ".join(text.split())))
    return found


def environment(stage: list[Instruction]) -> dict[str, str]:
    """What the ENV instructions of a stage set."""
    words = [word for one in stage if one.name == "ENV" for word in shlex.split(one.text)]
    return dict(word.split("=", 1) for word in words)


def context(root: Path = PROJECT_DIR) -> set[str]:
    """The files that Docker is sent: all but those that .dockerignore names."""
    lines = (root / ".dockerignore").read_text("utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    found = exclude_paths(str(root), patterns, dockerfile="deploy/Dockerfile")
    return {one for one in found if (root / one).is_file()}


def copy_instructions(stage: list[Instruction]) -> list[tuple[str, str]]:
    """Source and target of each COPY from the context."""
    words = [one.text.split() for one in stage if one.name == "COPY"]
    return [
        (source, target)
        for *sources, target in words
        if not sources[0].startswith("--from")
        for source in sources
    ]


def lay_out(folder: Path) -> None:
    """Put the files of the last stage where its COPY instructions say, below a folder of its own.

    Only for targets within the working folder.
    """
    sent = context()
    for source, target in copy_instructions(stages()[-1]):
        if target.startswith("/"):
            continue
        for name in sent:
            if name == source or name.startswith(f"{source}/"):
                below = Path(target) / Path(name).relative_to(source)
                copy = folder / (Path(target) / name if target == "./" else below)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(PROJECT_DIR / name, copy)
