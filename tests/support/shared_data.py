"""Where inputs and known answers are that are not ours to ship."""

from __future__ import annotations

import os
from pathlib import Path

from runner.project import PROJECT_DIR

# tests that need it are skipped where it is not at hand
SHARED_DATA = Path(os.environ.get("SHARED_DATA") or PROJECT_DIR.parent / "shared" / "data")
