"""Columns with names and types that SQL or JSON has trouble with; those of EXTRA are carried."""

from __future__ import annotations

from tests.integration.bad_input.kind import Kind, session, track
from tests.integration.story import at

# what the tracks of the first source have beside Segment's own columns
TYPES = {
    "Order": "text",
    "select": "integer",
    "with space": "text",
    'quo"te': "text",
    "o'clock": "text",
    "100%": "text",
    "größe 😀": "text",
    "properties": "json",
    "measure": "numeric",
    "ratio": "double precision",
    "bytes": "bytea",
    "tags": "text[]",
    "fixed": "char(5)",
    "bits": "bit(3)",
    "place": "point",
    "seen_at": "timestamptz",
}
EXTRA = (*(name for name in TYPES if '"' not in name), "kind", "not there (yet)")
NUL = '{"a": "\\u0000", "b": "\\ud800", "a": 1}'


def kinds() -> list[Kind]:
    """All kinds of bad columns."""
    names = {"Order": "a", "select": 1, "with space": "b", 'quo"te': "c", "o'clock": "d"}
    names |= {"100%": "e", "größe 😀": "f", "fixed": "abcde", "bits": "101"}
    odd = {"measure": "NaN", "ratio": "Infinity", "bytes": b"\x00\xff", "tags": [None, "}", '"']}
    odd |= {"place": "(1,2)", "seen_at": "infinity"}
    return [
        Kind(
            "columns with quotes, spaces, capitals and reserved words",
            [track(id="named", anonymous_id="named", **names)],
            kept=1,
            sessions=[session("named", event_count=1)],
            carried=[
                {
                    "id": "named",
                    **{name: names[name] for name in names if name in EXTRA},
                    "not there (yet)": None,
                }
            ],
        ),
        Kind(
            "JSON that Postgres' other JSON cannot hold, and copies that only it tells apart",
            [
                track(id="json", anonymous_id="json", properties=text, received_at=at(1))
                for text in (NUL, '{"b": 1}', None)
            ],
            kept=1,
            merged=2,
            sessions=[session("json", event_count=1)],
        ),
        Kind(
            "JSON that Postgres' other JSON cannot hold, in a row that cannot be used",
            [track(id=None, anonymous_id="json", properties=NUL)],
            rejected={"missing_id": 1},
        ),
        Kind(
            "numbers that are none, bytes, lists, points and infinite times",
            [
                track(id="odd", anonymous_id="odd", **odd),
                track(id=None, anonymous_id="odd", **odd),
            ],
            kept=1,
            rejected={"missing_id": 1},
            sessions=[session("odd", event_count=1)],
            carried=[{"id": "odd", "tags": [None, "}", '"']}],
        ),
    ]
