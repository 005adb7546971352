"""The list of crawlers is what the script makes of the pinned package."""

from __future__ import annotations

import csv
import re

from scripts import make_crawler_seed


def test_the_seed_is_what_the_script_makes() -> None:
    with make_crawler_seed.SEED.open(encoding="utf-8", newline="") as lines:
        stored = [(row["pattern"], row["fragment"], row["url"]) for row in csv.DictReader(lines)]
    assert stored == make_crawler_seed.rows()


def test_each_fragment_stands_in_every_agent_that_matches() -> None:
    assert make_crawler_seed.certain_texts(r"^(a|b)Robot\/[0-9]+ crawl") == ["Robot/", " crawl"]
    assert make_crawler_seed.branches(r"Chirp|gotosocial\|x") == ["Chirp", r"gotosocial\|x"]
    assert make_crawler_seed.branches("(a|b)c|d") == ["(a|b)c|d"]
    agents = [
        agent
        for entry in make_crawler_seed.CRAWLER_USER_AGENTS_DATA
        for agent in entry["instances"]
    ]
    met = 0
    for pattern, fragment, _ in make_crawler_seed.rows():
        for agent in filter(re.compile(pattern).search, agents):
            assert fragment in agent, pattern
            met += 1
    assert met > len(agents)
