"""Make seeds/crawler_user_agents.csv from the list of the package crawler-user-agents.

Usage: python scripts/make_crawler_seed.py

The package is one of the development requirements: constraints.txt has its version. Each row is a
pattern and four characters that stand in every agent it matches. An agent is compared only with
the patterns whose four characters it holds. The order of the rows is that of the package.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from re import _constants, _parser
from typing import Any

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

SEED = Path(__file__).resolve().parent.parent / "seeds" / "crawler_user_agents.csv"
SIZE = 4
# what people's agents are made of: four characters from here would tell little
COMMON = """
Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) AppleWebKit/537.36 (KHTML, like Gecko)
Gecko/20100101 Firefox/127.0 Chrome/126.0.0.0 Mobile Safari/537.36 Edg/126.0.0.0 OPR/109.0.0.0
(Macintosh; Intel Mac OS X 10_15_7) Version/17.5 (iPhone; CPU iPhone OS 17_5 like Mac OS X)
(iPad; CPU OS 16_6 like Mac OS X) Mobile/15E148 (Linux; Android 14; SM-G991B Build/TP1A; wv)
(X11; Ubuntu; Linux x86_64; CrOS) SamsungBrowser/25.0 UCBrowser GSA/322 CriOS/126 FxiOS YaBrowser
[FBAN/FBIOS;FBAV/470.0;FBDV/iPhone] Instagram 338.0.0.0 musical_ly_ Twitter for iPhone LinkedInApp
(compatible; MSIE 10.0; Trident/7.0; .NET CLR) Dalvik/2.1.0 okhttp CFNetwork Darwin Presto Opera
http https :// www. .com .org .net .html bot crawl spider Bot/ bot/ Bot bot; robot monitor checker
"""


def grams(text: str) -> Iterator[str]:
    """Every run of four characters."""
    return (text[start : start + SIZE] for start in range(len(text) - SIZE + 1))


def branches(pattern: str) -> list[str]:
    """The alternatives of a pattern that is nothing but alternatives; else the pattern alone."""
    parts = re.split(r"(?<!\\)\|", pattern)
    has_groups = re.search(r"(?<!\\)[(\[]", pattern) is not None
    return [pattern] if has_groups else parts


def certain_texts(pattern: str) -> list[str]:
    """The runs of characters that stand in every text the pattern matches."""
    runs = [""]
    for operation, argument in _parser.parse(pattern):
        if operation is _constants.LITERAL:
            runs[-1] += chr(argument)
        else:
            runs.append("")
    return [run for run in runs if len(run) >= SIZE]


def postgres_pattern(pattern: str) -> str:
    """The pattern as Postgres reads it: an escaped slash is a slash."""
    return pattern.replace(r"\/", "/")


def rows() -> list[tuple[str, str, str]]:
    """Pattern, four characters (none where the pattern has no such run) and address, once each."""
    entries: list[dict[str, Any]] = CRAWLER_USER_AGENTS_DATA
    patterns = {
        branch: str(entry.get("url") or "")
        for entry in entries
        for branch in branches(str(entry["pattern"]))
    }
    usual = Counter(grams(COMMON))
    shared = Counter(
        gram
        for pattern in patterns
        for gram in {gram for run in certain_texts(pattern) for gram in grams(run)}
    )
    found = []
    for pattern, url in patterns.items():
        choices = [gram for run in certain_texts(pattern) for gram in grams(run)]
        fit = [gram for gram in choices if gram == gram.strip()] or choices
        best = min(fit, key=lambda gram: (usual[gram], shared[gram], gram), default="")
        found.append((postgres_pattern(pattern), best, url))
    return found


def main() -> None:
    """Write the seed."""
    with SEED.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(("pattern", "fragment", "url"))
        writer.writerows(rows())
    print(f"{SEED.name}: crawler-user-agents {version('crawler-user-agents')}")


if __name__ == "__main__":
    main()
