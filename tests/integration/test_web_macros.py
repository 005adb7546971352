"""URLs and their parts: exact on what people write, and never an error on what bots write."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.embedded import EmbeddedServer
from tests.integration.inline_sql import InlineServers, InlineSql
from tests.reference import cleaning
from tests.support.shared_data import SHARED_DATA

pytestmark = pytest.mark.all_versions

# not ours to ship; the tests below hold the same rules in cases of their own
UTM_CASES = SHARED_DATA / "utm-cases" / "analytics_js_campaign_cases.json"
TEMPLATES = {
    "host": "{{ url_host('a') }}",
    "path": "{{ url_path('a') }}",
    "query": "{{ url_query('a') }}",
    "decode": "{{ url_decode('a') }}",
    "click_id": "{{ click_id('a') }}",
    "blank": "{{ blank_to_null('a') }}",
    "binary": "{{ binary_text('a') }} < 'a'",
    **{
        name: "{{ url_parameter('a', '" + name + "') }}"
        for name in ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "q")
    },
}


@pytest.fixture(scope="module")
def inline() -> Iterator[InlineServers]:
    with InlineServers("web_macros", TEMPLATES, seeds=("click_ids",)) as opened:
        yield opened


@pytest.fixture
def web(inline: InlineServers, server: EmbeddedServer) -> InlineSql:
    return inline.on(server)


HOSTS: dict[str, str | None] = {
    "https://www.example.com/a?b#c": "www.example.com",
    "http://Example.COM": "example.com",
    "HTTPS://EXAMPLE.com/": "example.com",
    "//cdn.example.com/x": "cdn.example.com",
    "ftp://files.example.com": "files.example.com",
    "android-app://com.google.android.gm/": "com.google.android.gm",
    "web+x-1.y://a.b/": "a.b",
    "https://user:pass@example.com:8443/x": "example.com",
    "https://a@b@example.com/": "example.com",
    "https://example.com:/": "example.com",
    "https://example.com:80?x": "example.com",
    "https://example.com./": "example.com",
    "https://example.com.:443/": "example.com",
    "https://example.com../": "example.com.",
    "https://example.com#/@evil.com": "example.com",
    "https://example.com?x=@evil.com": "example.com",
    "https://example.com\\@evil.com/": "example.com",
    "https://[::1]:8080/x": "[::1]",
    "https://[2001:DB8::1]/": "[2001:db8::1]",
    "https://localhost/": "localhost",
    "https://localhost:3000": "localhost",
    "https://10.0.0.1:80/": "10.0.0.1",
    "https://a_b.example.com/": "a_b.example.com",
    "https://xn--bcher-kva.example/": "xn--bcher-kva.example",
    "https://中文.example/": "中文.example",
    "https://example-.com-/": "example-.com-",
    "https://a:b/": "a:b",
    "https://%65xample.com/": "%65xample.com",
    "example.com/a": "example.com",
    "www.example.com": "www.example.com",
    "example.com?x=//y": "example.com",
    "example.com:8080/x": "example.com",
    "user@example.com": "example.com",
    "/a//b.c/": None,
    "localhost/x": None,
    "localhost:3000": None,
    "javascript:void(0)": None,
    "javascript:alert(a.b)": None,
    "mailto:someone@example.com": "example.com",
    "about:blank": None,
    "data:text/html,<a.b>": None,
    "1http://example.com": None,
    "ht tp://example.com": None,
    "https://exa mple.com/": None,
    "https://example.com\t/": None,
    "https://example.com\n": None,
    " https://example.com": None,
    "https:///path": None,
    "https://": None,
    "https://./": None,
    "https://:80/": None,
    "https://@/": None,
    "https:/example.com": None,
    "://example.com": None,
    "//": None,
    "/": None,
    "?": None,
    "": None,
    " ": None,
    "-": None,
    "null": None,
}


def test_hosts(web: InlineSql) -> None:
    found = web.of_each(web.macros["host"], [(url,) for url in HOSTS])
    assert dict(zip(HOSTS, found, strict=True)) == HOSTS


def test_nothing_in_nothing_out(web: InlineSql) -> None:
    for name in TEMPLATES:
        assert web.of_each(web.macros[name], [(None,)]) == [None], name


PATHS = {
    "https://a.b/c/d?e=/f#/g": "/c/d",
    "https://a.b": "",
    "https://a.b?x=/y": "",
    "https://a.b#/y": "",
    "https://a.b/": "/",
    "https://a.b/c#d?e": "/c",
    "https://a.b\\c/d": "\\c/d",
    "//a.b/c": "/c",
    "a.b/c/": "/c/",
    "/c/d": "/c/d",
    "https://u:p@a.b:80//c": "//c",
    "http://a.b/http://c.d/e": "/http://c.d/e",
    "https://a.b/中 文/%": "/中 文/%",
}


def test_paths(web: InlineSql) -> None:
    found = web.of_each(web.macros["path"], [(url,) for url in PATHS])
    assert dict(zip(PATHS, found, strict=True)) == PATHS


QUERIES = {
    "https://a.b/?c=d": "c=d",
    "https://a.b/?c=d?e=f?": "c=d?e=f?",
    "https://a.b/?c#d?e": "c",
    "https://a.b/#c?d": None,
    "https://a.b/#c?d?e": None,
    "https://a.b/?": "",
    "https://a.b/?#": "",
    "https://a.b/": None,
    "?": "",
    "??": "?",
}


def test_queries(web: InlineSql) -> None:
    found = web.of_each(web.macros["query"], [(url,) for url in QUERIES])
    assert dict(zip(QUERIES, found, strict=True)) == QUERIES


SOURCES: dict[str, str | None] = {
    "?utm_source=a": "a",
    "?x=y&utm_source=a&z": "a",
    "?utm_source=a#utm_source=b": "a",
    "#?utm_source=a": None,
    "/utm_source=a": None,
    "?utm_source=a&utm_source=b": "a",
    "?utm_source=&utm_source=b": None,
    "?utm_source&utm_source=b": None,
    "?utm_source=a&utm_source": "a",
    "?my_utm_source=b&utm_source=a": "a",
    "?utm_source_platform=b&utm_source=a": "a",
    "?utm_sources&utm_source=a": "a",
    "?UTM_SOURCE=a": None,
    "?utm%5Fsource=a": None,
    "?amp;utm_source=a": None,
    "?utm_source=a;b=c": "a;b=c",
    "?utm_source=a=b=c": "a=b=c",
    "?utm_source=a?b": "a?b",
    "?x=?utm_source=a": None,
    "?utm_source= ": None,
    "?utm_source=+": None,
    "?utm_source=%20%09%0d%0A": None,
    "?utm_source=%C2%A0": "\u00a0",
    "?utm_source= a ": " a ",
    "?utm_source=a+b%20c": "a b c",
    "?utm_source=%2B1": "+1",
    "?utm_source=%5BFoo%5D": "[Foo]",
    "?utm_source=caf%C3%A9": "café",
    "?utm_source=caf%c3%a9": "café",
    "?utm_source=%F0%9F%98%80": "😀",
    "?utm_source=é%C3%A9": "éé",
    "?utm_source=%2525": "%25",
    "?utm_source=%26%3D%3F%23": "&=?#",
    "?utm_source=100%": "100%",
    "?utm_source=%": "%",
    "?utm_source=%%41": "%A",
    "?utm_source=%4": "%4",
    "?utm_source=%zz%41": "%zzA",
    "?utm_source=%u0041": "%u0041",
    "?utm_source=%4%31": "%41",
    "?utm_source=a+%FF": "a %FF",
    "?utm_source=a+%00": "a %00",
    "?utm_source=%C3": "%C3",
    "?utm_source=%C3+%A9": "%C3 %A9",
    "?utm_source=%C0%80": "%C0%80",
    "?utm_source=%E0%80%80": "%E0%80%80",
    "?utm_source=%ED%A0%80": "%ED%A0%80",
    "?utm_source=%F4%90%80%80": "%F4%90%80%80",
    "?utm_source=%EF%BF%BF": "\uffff",
    "?utm_source=%F4%8F%BF%BF": "\U0010ffff",
    "?utm_source=a\\b'c\"d": "a\\b'c\"d",
}


@pytest.mark.parametrize("before", ["https://example.com/x", "example.com", ""])
def test_parameters(web: InlineSql, before: str) -> None:
    found = web.of_each(web.macros["utm_source"], [(before + url,) for url in SOURCES])
    assert dict(zip(SOURCES, found, strict=True)) == SOURCES


CLICK_IDS: dict[str, str | None] = {
    "?gclid=x": "gclid",
    "?gbraid=x": "gbraid",
    "?wbraid=x": "wbraid",
    "?dclid=x": "dclid",
    "?msclkid=x": "msclkid",
    "?fbclid=x": "fbclid",
    "?ttclid=x": "ttclid",
    "?twclid=x": "twclid",
    "?li_fat_id=x": "li_fat_id",
    "?irclickid=x": "irclickid",
    "?irclickid=x&fbclid=y&gclid=z": "gclid",
    "?fbclid=x&dclid=y": "dclid",
    "?fbclid=x&gclid=": "fbclid",
    "?fbclid=x&gclid": "fbclid",
    "?fbclid=x&gclid=%20+%0a": "fbclid",
    "?fbclid=x&gclid=&gclid=1": "fbclid",
    "?gclid=%00": "gclid",
    "?gclid=%": "gclid",
    "?xgclid=x": None,
    "?gclids=x": None,
    "?GCLID=x": None,
    "#gclid=x": None,
    "/gclid=x": None,
    "?plan_id=1": None,
    "?gclid": None,
}


def test_click_ids(web: InlineSql) -> None:
    found = web.of_each(web.macros["click_id"], [("https://a.b/" + url,) for url in CLICK_IDS])
    assert dict(zip(CLICK_IDS, found, strict=True)) == CLICK_IDS


BLANKS: dict[str, str | None] = {
    "": None,
    " ": None,
    " \t\n\r\f\v": None,
    " a ": " a ",
    "\na": "\na",
    "\x01": "\x01",
    "\x01 ": "\x01 ",
    "\u00a0": "\u00a0",
    "é": "é",
    "!": "!",
}


def test_blanks(web: InlineSql) -> None:
    found = web.of_each(web.macros["blank"], [(text,) for text in BLANKS])
    assert dict(zip(BLANKS, found, strict=True)) == BLANKS


def test_text_is_compared_by_its_bytes(web: InlineSql) -> None:
    assert web.of_each(web.macros["binary"], [("Z",), ("_",), ("b",), ("é",)]) == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.skipif(not UTM_CASES.exists(), reason="Segment's own cases are not at hand")
def test_what_segments_own_library_reads(web: InlineSql) -> None:
    names = {"name": "utm_campaign"}
    for case in json.loads(UTM_CASES.read_text("utf-8")):
        url = "https://example.com/?" + case["search"].removeprefix("?")
        for field in ("source", "medium", "name", "term", "content"):
            expected = case["campaign"].get(field) or None
            macro = web.macros[names.get(field, f"utm_{field}")]
            assert web.of_each(macro, [(url,)]) == [expected], (url, field)


MEGABYTE = 1_000_000
# what is repeated, how it begins and ends; the host, utm_source and click id that come out
HUGE = [
    ("%", "https://a.b/?utm_source=", "", "a.b", "%" * MEGABYTE, None),
    ("%ff", "https://a.b/?utm_source=", "", "a.b", "%ff" * (MEGABYTE // 3), None),
    ("%41", "https://a.b/?utm_source=", "", "a.b", "A" * (MEGABYTE // 3), None),
    ("%C3%A9", "https://a.b/?utm_source=", "", "a.b", "é" * (MEGABYTE // 6), None),
    ("%20", "https://a.b/?utm_source=", "", "a.b", None, None),
    ("%20", "https://a.b/?gclid=", "x", "a.b", None, "gclid"),
    ("&", "https://a.b/?", "utm_source=x", "a.b", "x", None),
    ("&utm_source", "https://a.b/?", "=x", "a.b", None, None),
    ("?", "https://a.b/", "&utm_source=x", "a.b", "x", None),
    ("#", "https://a.b/", "?utm_source=x", "a.b", None, None),
    ("a.", "https://", "", "a." * (MEGABYTE // 2 - 1) + "a", None, None),
    ("@", "https://", "a.b", "a.b", None, None),
    (":", "https://", "", ":" * (MEGABYTE - 1), None, None),
    (":1", "https://", "x", ":1" * (MEGABYTE // 2) + "x", None, None),
    ("1", "https://a:", "", "a", None, None),
    ("a", "", "://example.com", "example.com", None, None),
    ("/", "", "", None, None, None),
    (" ", "", "", None, None, None),
    ("中", "", "", None, None, None),
]


def test_a_megabyte_is_read_like_any_other(web: InlineSql) -> None:
    columns = ", ".join(web.macros[name] for name in ("host", "utm_source", "click_id"))
    web.execute("set statement_timeout = '60s'")
    try:
        for part, before, after, *expected in HUGE:
            url = before + part * (MEGABYTE // len(part)) + after
            found = web.select(f"select {columns} from given", [(url,)])
            assert found == [tuple(expected)], f"{before}{part}...{after}"
    finally:
        web.execute("reset statement_timeout")


# what URLs are cut at and what they are written with, in any order
PIECES = st.sampled_from(
    [
        *("https://", "http://", "HTTP://", "//", "android-app://", "javascript:", "ht_tp://", ":"),
        *("/", "\\", "?", "#", "&", "=", ";", "@", ".", "..", "-", "_", "+", "%", " ", "\t", "\n"),
        *(
            "www.",
            "example",
            "example.com",
            "a.b",
            ":80",
            ":",
            "[::1]",
            "::",
            "u:p@",
            "1",
            "é",
            "中",
        ),
        *("utm_source=", "utm_source", "&utm_source=", "?utm_source=", "q=", "&q=", "utm_", "x=1"),
        *("gclid=", "&gclid=", "fbclid=", "li_fat_id=", "irclickid=", "&msclkid", "id="),
        *(
            "%20",
            "%41",
            "%00",
            "%ff",
            "%C3%A9",
            "%c3",
            "%A9",
            "%E2%82%AC",
            "%F0%9F%98%80",
            "%ED%A0",
        ),
        *(
            "%2",
            "%ED%A0",
            "%zz",
            "%25",
            "%0a",
            "'",
            '"',
            "中",
            "\\x",
            "\v",
            "\f",
            "\r",
            "\x01",
            "\x7f",
        ),
    ]
)
# capital letters beyond ASCII stay as they are in a host, which str.lower would not leave alone
ANY_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Lu", "Lt"), exclude_characters="\0"), max_size=12
)
URLS = st.lists(st.one_of(PIECES, PIECES, PIECES, ANY_TEXT), max_size=14).map("".join)
FUZZ = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FUZZ
@given(urls=st.lists(URLS, min_size=20, max_size=60))
def test_any_url_reads_as_the_rules_say(web: InlineSql, urls: list[str]) -> None:
    rows = [(url,) for url in urls]
    oracles = {
        "host": cleaning.host,
        "path": lambda url: cleaning.split_url(url)[1],
        "click_id": cleaning.click_id,
        "utm_source": lambda url: cleaning.query_value(url, "utm_source"),
        "q": lambda url: cleaning.query_value(url, "q"),
        "decode": cleaning.decode,
        "blank": lambda url: cleaning.non_blank(url),
    }
    columns = ", ".join(web.macros[name] for name in oracles)
    found = web.select(f"select {columns} from given order by number", rows)
    expected = [tuple(oracle(url) for oracle in oracles.values()) for url in urls]
    for url, one, other in zip(urls, found, expected, strict=True):
        assert dict(zip(oracles, one, strict=True)) == dict(zip(oracles, other, strict=True)), url
