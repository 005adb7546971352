"""The house style of the SQL: what sqlfluff finds once Jinja is out of the way, and our own rules.

Macros that only dbt can run leave sqlfluff's own templating with nothing to check in most models.
Here Jinja is replaced by plain words of the same number of lines, so that every model is read.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlfluff.core import FluffConfig, Linter

PROJECT = Path(__file__).resolve().parent.parent
LONGEST_LINE = 180
LONGEST_FILE = 300
KEYWORDS = frozenset(
    """
    all alter and any array as asc between by case cast coalesce create cross default delete desc
    distinct drop else end except exists false filter for from full group having in inner insert
    intersect interval into is join lateral left like limit materialized not null nulls offset on
    or order outer over partition returning right select set table then true truncate union unique
    update using values when where window with within
    """.split()
)
TEXT = re.compile(r"'(?:[^']|'')*'|--[^\n]*|\"[^\"]*\"|\$\$.*?\$\$", re.DOTALL)
TAG = re.compile(r"\w+")
BLOCKS = frozenset({"if", "for", "macro", "materialization", "call"})
CLOSES = {"{{": "}}", "{%": "%}", "{#": "#}"}


def jinja_parts(text: str) -> Iterator[tuple[str, str]]:
    """The text in pieces: what opens each (nothing for SQL) and the piece itself."""
    place = 0
    while (opening := re.search(r"\{[{%#]", text[place:])) is not None:
        start = place + opening.start()
        yield "", text[place:start]
        end, quote, depth, mark = start + 2, "", 0, opening.group()
        while end < len(text) and (quote or depth or text[end : end + 2] != CLOSES[mark]):
            char = text[end]
            if mark == "{#":
                pass
            elif char == quote or (not quote and char in "'\""):
                quote = "" if quote else char
            elif not quote:
                depth += (char == "{") - (char == "}")
            end += 1
        place = end + 2
        yield mark, text[start:place]
    yield "", text[place:]


def without_jinja(text: str) -> str:
    """SQL that can be read: the same lines, a word for each expression, the first of branches."""
    done: list[str] = []
    open_tags: list[tuple[str, bool]] = []  # each block that is open, and whether it is left out
    for mark, piece in jinja_parts(text):
        inner = piece.strip("{}%#- \n")
        lines = "\n" * piece.count("\n")
        left_out = any(skipped for _, skipped in open_tags)
        if mark == "{%":
            word = (TAG.match(inner) or [""])[0]
            if word in BLOCKS or (word == "set" and "=" not in inner):
                open_tags.append((word, left_out or word == "set"))
            elif word in ("else", "elif"):
                open_tags[-1] = (open_tags[-1][0], True)
            elif word.startswith("end"):
                open_tags.pop()
        if mark in ("{%", "{#") or left_out:
            done.append(lines)
        elif mark == "{{":
            done.append(_expression("".join(done), inner) + lines)
        else:
            done.append(piece)
    return "".join(done).rstrip() + "\n"


def _expression(before: str, inner: str) -> str:
    """What stands in for an expression: nothing, a query or a name."""
    if inner.startswith("'"):
        sometimes = " if " in inner and " else " not in inner
        return "" if sometimes else inner[1:].partition("'")[0]
    if inner.startswith(("config(", "log(")):
        return ""
    before = re.sub(r"--[^\n]*", "", before).rstrip()
    alone = not before or before.endswith(("as (", "materialized (", "union all", ";"))
    return "select one.two from one" if alone else "jinja_value"


def plain_sql(text: str) -> str:
    """SQL without its texts, quoted names and comments."""
    return TEXT.sub(lambda found: "\n" * found.group().count("\n"), without_jinja(text))


def line_findings(text: str) -> Iterator[tuple[int, str]]:
    """What any SQL file must keep to."""
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:
            yield number, "a tab"
        if line != line.rstrip():
            yield number, "spaces at the end of the line"
        if len(line) > LONGEST_LINE:
            yield number, f"longer than {LONGEST_LINE} characters"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield text.count("\n"), "the file does not end with one line end"
    if text.count("\n") > LONGEST_FILE:
        yield 1, f"longer than {LONGEST_FILE} lines"
    for number, line in enumerate(plain_sql(text).split("\n"), 1):
        for word in re.findall(r"\b[A-Z]+\b", line):
            if word.lower() in KEYWORDS:
                yield number, f"'{word}' is not in lower case"
        if re.match(r"\s*,\s*[a-z]", line):
            yield number, "a comma at the start of the line"


def macro_findings(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """One macro a file, under its own name; its versions by database stand with it."""
    names = re.findall(r"\{%-?\s*(?:macro|materialization|test)\s+(\w+)", text)
    if {name.rpartition("__")[2] for name in names} != {path.stem.rpartition("__")[2]}:
        yield 1, f"it has the macros {', '.join(names)}"


def model_findings(text: str, linter: Linter) -> Iterator[tuple[int, str]]:
    """Named steps, the last of them ``final``; and what sqlfluff says."""
    if re.search(r"^final as \(", text, re.MULTILINE) and not re.search(
        r"^select \* from final$", text, re.MULTILINE
    ):
        yield text.count("\n"), "it does not end with 'select * from final'"
    result = linter.lint_string(without_jinja(text))
    for one in result.get_violations():
        yield one.line_no, f"{one.rule_code()} {one.desc()}"


def main() -> int:
    """Print a line for each finding; 1 if there are any."""
    linter = Linter(config=FluffConfig.from_path(str(PROJECT)))
    found = 0
    files = [
        path
        for folder in ("models", "macros", "tests/dbt", "runner/queries")
        for path in sorted((PROJECT / folder).rglob("*.sql"))
    ]
    for path in files:
        text = path.read_text("utf-8")
        findings = list(line_findings(text))
        place = path.relative_to(PROJECT)
        if place.parts[0] == "macros":
            findings += macro_findings(path, text)
        if place.parts[0] == "models":
            findings += model_findings(text, linter)
        for number, what in sorted(findings):
            print(f"{place}:{number}: {what}")
        found += len(findings)
    print(f"{len(files)} SQL files, {found} findings" if found else f"{len(files)} SQL files: well")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
