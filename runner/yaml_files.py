"""Files in YAML, some of which hold a password."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from runner.errors import ProjectError

# the one in C takes a tenth of the time, where PyYAML has it
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a file holds; empty where it holds another thing.

    Raises:
        ProjectError: it cannot be read; the line names the place and quotes nothing of the file.
    """
    try:
        found = yaml.load(path.read_text("utf-8"), Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        # its own text quotes the lines around the place, and one of them may be the password
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ProjectError(f"{path}: cannot be read: {error.problem or 'not YAML'}{line}") from None
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise ProjectError(f"{path}: cannot be read: {' '.join(str(error).split())}") from None
    return found if isinstance(found, dict) else {}
