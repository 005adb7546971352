"""What one value of a source row means: ids, texts, times, URLs and their parts."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

WHITE_SPACE = " \t\n\r\f\v"
EMPTY_IDS = (
    "",
    "null",
    "undefined",
    "none",
    "nan",
    "0",
    "00000000-0000-0000-0000-000000000000",
)
CLICK_IDS = (
    "gclid",
    "gbraid",
    "wbraid",
    "dclid",
    "msclkid",
    "fbclid",
    "ttclid",
    "twclid",
    "li_fat_id",
    "irclickid",
)
CAMPAIGN_COLUMNS = (
    "context_campaign_source",
    "context_campaign_medium",
    "context_campaign_name",
    "context_campaign_term",
    "context_campaign_content",
)
CAMPAIGN_FIELDS = ("source", "medium", "campaign", "term", "content")


def ascii_lower(value: str) -> str:
    """Lower-case the letters A to Z and nothing else."""
    return "".join(c.lower() if "A" <= c <= "Z" else c for c in value)


def clean_id(value: str | None, blocked: Collection[str] = ()) -> str | None:
    """Trim an id; an empty or blocked one reads as null."""
    if value is None:
        return None
    trimmed = value.strip(WHITE_SPACE)
    nothing = set(EMPTY_IDS) | {ascii_lower(one) for one in blocked}
    return None if ascii_lower(trimmed) in nothing else trimmed


def email_domain(value: str | None) -> str | None:
    """What follows the last @, in lower case; null where there is none."""
    if value is None or "@" not in value:
        return None
    return ascii_lower(value.rsplit("@", 1)[1]).strip(WHITE_SPACE) or None


def utc(value: datetime | None) -> datetime | None:
    """A timestamp without zone is read as UTC."""
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def non_blank(*values: str | None) -> str | None:
    """The first value that is neither null, empty nor white space only, as written."""
    for value in values:
        if value is not None and value.strip(WHITE_SPACE):
            return value
    return None


def query_parameters(url: str | None) -> list[tuple[str, str]]:
    """The (name, raw value) pairs of a URL's query, in order."""
    if url is None:
        return []
    before_fragment = url.split("#", 1)[0]
    if "?" not in before_fragment:
        return []
    query = before_fragment.split("?", 1)[1]
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        pairs.append((name, value))
    return pairs


def decode(value: str) -> str:
    """Read + as a space and percent-decode; bytes that make no text stay as they were written."""
    spaced = value.replace("+", " ")
    data = b""
    position = 0
    while position < len(spaced):
        escape = re.match(r"%([0-9A-Fa-f]{2})", spaced[position:])
        if escape:
            data += bytes([int(escape.group(1), 16)])
            position += 3
        else:
            data += spaced[position].encode()
            position += 1
    try:
        decoded = data.decode("utf-8")
    except UnicodeDecodeError:
        return spaced
    return spaced if "\0" in decoded else decoded


def query_value(url: str | None, wanted: str) -> str | None:
    """The decoded value of a parameter: the first of that name wins, blank reads as null."""
    for name, value in query_parameters(url):
        if name == wanted:
            return non_blank(decode(value))
    return None


def click_id(url: str | None) -> str | None:
    """The name of the first ad click id, in the order of the list, that the URL carries."""
    carried = [name for name, value in query_parameters(url) if non_blank(decode(value))]
    for name in CLICK_IDS:
        if name in carried:
            return name
    return None


def split_url(url: str) -> tuple[str | None, str]:
    """A URL's host (null if it has none) and its path."""
    scheme = re.match(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//", url)
    rest = url[scheme.end() :] if scheme else url
    end = re.search(r"[/?#\\]", rest)
    authority, tail = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    path = re.split(r"[?#]", tail, maxsplit=1)[0]
    host = authority.rsplit("@", 1)[-1]
    host = re.sub(r":[0-9]*\Z", "", host).lower()
    if host.endswith("."):
        host = host[:-1]
    if not host or any(c in WHITE_SPACE for c in host):
        return None, path
    if not scheme and ("." not in host or ":" in host):
        return None, path
    return host, path


def host(url: str | None) -> str | None:
    """A URL's host, lower-case, without user, port and final dot."""
    return None if url is None else split_url(url)[0]


def is_blog_url(url: str | None, pattern: str) -> bool:
    """Whether the pattern is found, case aside, in host and path of the URL."""
    if url is None:
        return False
    name, path = split_url(url)
    return re.search(pattern, (name or "") + path, re.IGNORECASE) is not None


def campaign(row: Mapping[str, Any], page_url: str | None) -> dict[str, str | None]:
    """The five campaign fields of a row: its context's, else its URL's."""
    fields = {
        field: non_blank(row.get(column))
        for field, column in zip(CAMPAIGN_FIELDS, CAMPAIGN_COLUMNS, strict=True)
    }
    if any(value is not None for value in fields.values()):
        return fields
    return {field: query_value(page_url, f"utm_{field}") for field in CAMPAIGN_FIELDS}


def outside_referrer(
    written: str | None, page_url: str | None, own_domains: Collection[str]
) -> str | None:
    """The referrer of a row; the site's own pages refer nobody."""
    name = host(written)
    if name is None:
        return written
    if name == host(page_url):
        return None
    for own in own_domains:
        if name == own.lower() or name.endswith("." + own.lower()):
            return None
    return written
