"""What the documents show, to be tried."""

from __future__ import annotations

import re
from pathlib import Path


def sql_blocks(path: Path) -> list[str]:
    """The statements in a Markdown file's ```sql blocks."""
    return [
        block.strip().rstrip(";")
        for block in re.findall(r"```sql\n(.*?)```", path.read_text("utf-8"), flags=re.DOTALL)
    ]
