"""Make seeds/referrer_hosts.csv and seeds/ga4_source_categories.csv from the public lists.

Usage: python scripts/make_referrer_seeds.py LISTS

LISTS is a folder with SearchEngines.yml, Socials.yml and AIAssistants.yml of
https://github.com/matomo-org/searchengine-and-social-list (CC0-1.0) and
ga4_source_categories.csv of https://github.com/Velir/dbt-ga4 (MIT). What they lack stands in
own_referrer_hosts.yml beside this script. The order of the rows is always the same, so that a
new edition of the lists shows as a readable diff.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import yaml

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parent / "seeds"
OWN_LIST = HERE / "own_referrer_hosts.yml"
KINDS = ("search", "social", "ai", "mail", "other")
ANDROID_APP = "android-app//"

# Windows Live Spaces closed in 2011; its host is Microsoft's sign-in today
OUTDATED = {("social", "login.live.com")}


class Entry(NamedTuple):
    """One row of referrer_hosts.csv."""

    kind: str
    name: str
    host: str
    path: str


def entry(kind: str, name: str, address: str) -> Entry:
    """Read an address of the lists: a host, perhaps with a path, perhaps an app's package."""
    host, slash, path = address.removeprefix(ANDROID_APP).partition("/")
    if not re.fullmatch(r"(?:[a-z0-9_-]+|\{\})(?:\.(?:[a-z0-9_-]+|\{\}))+", host):
        raise ValueError(f"{kind} {name}: {address!r} does not begin with a host in lower case")
    return Entry(kind, unquote(str(name)), host, slash + path)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def read_lists(folder: Path) -> Iterator[Entry]:
    """Every entry of the public lists."""
    for name, engines in read_yaml(folder / "SearchEngines.yml").items():
        for engine in engines:
            for address in engine.get("urls") or ():
                yield entry("search", name, address)
    for kind, file_name in (("social", "Socials.yml"), ("ai", "AIAssistants.yml")):
        for name, addresses in read_yaml(folder / file_name).items():
            for address in addresses:
                yield entry(kind, name, address)


def read_own(path: Path = OWN_LIST) -> Iterator[Entry]:
    """Every entry of the list kept here."""
    for kind, names in read_yaml(path).items():
        for name, addresses in names.items():
            for address in addresses:
                yield entry(kind, name, address)


def chosen(entries: Iterable[Entry]) -> list[Entry]:
    """One entry for each host and path.

    An AI assistant wins over the search engine of the same host: the search list holds the
    assistants that can search too. Elsewhere no two kinds may share a host.
    """
    by_place: dict[tuple[str, str], Entry] = {}
    for one in entries:
        if (one.kind, one.host) in OUTDATED:
            continue
        other = by_place.setdefault((one.host, one.path), one)
        if {one.kind, other.kind} == {"search", "ai"}:
            by_place[one.host, one.path] = one if one.kind == "ai" else other
        elif other.kind != one.kind or other.name != one.name:
            raise ValueError(f"{one} and {other} claim the same place")
    return sorted(
        by_place.values(),
        key=lambda one: (KINDS.index(one.kind), one.name.lower(), one.host, one.path),
    )


def ga4_categories(path: Path) -> list[tuple[str, str]]:
    """GA4's category of each source, sources in lower case, categories in short."""
    categories: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            source = row["source"].strip().lower()
            category = row["source_category"].removeprefix("SOURCE_CATEGORY_").lower()
            if categories.setdefault(source, category) != category:
                raise ValueError(f"{source} has two categories")
    return sorted(categories.items())


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Write a seed."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main() -> None:
    """Make both seeds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lists", type=Path, help="folder of the public lists")
    lists = parser.parse_args().lists
    write_csv(
        SEEDS / "referrer_hosts.csv",
        Entry._fields,
        chosen([*read_lists(lists), *read_own()]),
    )
    write_csv(
        SEEDS / "ga4_source_categories.csv",
        ("source", "category"),
        ga4_categories(lists / "ga4_source_categories.csv"),
    )


if __name__ == "__main__":
    main()
