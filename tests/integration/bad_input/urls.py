"""URLs and referrers that are huge, broken, or no URLs at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.integration.bad_input.kind import MEGABYTE, Given, Kind, large, page, session, track

SHOP = "https://shop.test/"
Visit = tuple[str | None, dict[str, Any]]
DIRECT = {"source": "(direct)", "medium": "(none)", "channel": "Direct"}
LONG = large("url")
EMOJI = "😀" * (MEGABYTE // 4)


def kinds() -> list[Kind]:
    """All kinds of bad URLs."""
    return [*_large(), *_broken(), *_escapes(), *_no_urls(), *_referrers()]


def visits(name: str, *told: Visit) -> Kind:
    """A page view each of a person each: the URL, and what its session is to say."""
    pages, people = [], []
    for number, (url, expected) in enumerate(told):
        who = f"{name} {number}"
        given = {key: expected.pop(key) for key in ("referrer", "context") if key in expected}
        columns = {"referrer": given.get("referrer"), **given.get("context", {})}
        pages.append(page(number, anonymous_id=who, url=url, **columns))
        people.append(session(who, event_count=1, first_page_url=url, **expected))
    return Kind(name, pages, kept=len(pages), sessions=people)


def utm(query: str, **expected: Any) -> Visit:
    """A URL of the shop with this query."""
    return (f"{SHOP}?{query}", expected)


def _signing_up(name: str, url: str | None, expected: dict[str, Any], **columns: Any) -> Kind:
    """A visit with a signup: what it says goes to attribution too, whose columns are indexed."""
    rows: Sequence[Given] = [
        page(0, anonymous_id=name, url=url, **columns),
        track(1, anonymous_id=name, user_id=f"user of {name}", event="signed_up"),
    ]
    expected = {"first_page_url": url, "is_signup_session": True, "event_count": 2, **expected}
    return Kind(name, rows, kept=2, sessions=[session(f"user of {name}", **expected)], gone=[name])


def _large() -> list[Kind]:
    names = ("source", "medium", "campaign", "term", "content")
    values = "&".join(f"utm_{name}={LONG}" for name in names)
    parameters = "&".join(f"p{number}={number}" for number in range(10_000))
    return [
        _signing_up("a URL of 1 MB", f"https://blog.shop.test/blog/{LONG}", {**DIRECT}),
        _signing_up(
            "UTM values of 1 MB",
            f"{SHOP}?{values}",
            {**{f"utm_{name}": LONG[:500] for name in names}, "source": LONG[:500]},
        ),
        _signing_up(
            "an escaped UTM value of 1 MB",
            SHOP + "?utm_source=" + "%F0%9F%98%80" * (MEGABYTE // 12),
            {"utm_source": "😀" * 500, "source": "😀" * 500},
        ),
        _signing_up(
            "a campaign of emoji of 1 MB",
            SHOP,
            {"utm_source": "😀" * 500, "utm_medium": "cpc", "utm_campaign": "😀" * 500},
            context_campaign_source=EMOJI,
            context_campaign_medium="cpc",
            context_campaign_name=EMOJI,
        ),
        _signing_up(
            "a host of 1 MB",
            f"https://{LONG}.test/",
            {"referrer": f"https://www.{LONG}/", "source": LONG[:500], "medium": "referral"},
            referrer=f"https://www.{LONG}/",
        ),
        visits(
            "10,000 parameters",
            utm(f"{parameters}&utm_source=last", source="last"),
            utm("utm_source=first&" + "utm_source=again&" * 10_000, source="first"),
            utm("&" * 10_000 + "gclid=x", click_id="gclid", is_paid=True),
            utm("utm_source=&" * 10_000 + "utm_source=late", **DIRECT),
        ),
        Kind(
            "names, titles and user agents of 1 MB",
            [
                track(0, anonymous_id="wordy", event=LONG, event_text=LONG, context_ip=LONG),
                page(1, anonymous_id="wordy", title=LONG, context_user_agent=LONG),
            ],
            kept=2,
            sessions=[session("wordy", event_count=2)],
        ),
    ]


def _broken() -> list[Kind]:
    return [
        visits(
            "no scheme",
            ("shop.test/?utm_source=a", {"source": "a"}),
            ("//shop.test?utm_source=a", {"source": "a"}),
            ("/only/a/path?utm_source=a", {"source": "a"}),
            ("?utm_source=a", {"source": "a"}),
            ("localhost:8080/?utm_source=a", {"source": "a"}),
        ),
        visits(
            "nothing but the beginning of a URL",
            *((url, {**DIRECT}) for url in ("https://", "http:", "//", "?", "#", "://", "/", ".")),
        ),
        visits(
            "brackets",
            ("http://[::1]:80/?utm_source=[a]", {"source": "[a]"}),
            ("http://[/?utm_source=]", {"source": "]"}),
            ("https://shop.test/{a}/(b)?utm_source={{a}}&b[]=1", {"source": "{{a}}"}),
            ("https://{shop}[.]test/<b>?utm_source=<a>", {"source": "<a>"}),
        ),
        visits(
            "white space and line breaks",
            (f" {SHOP}?utm_source=a ", {"source": "a "}),
            (f"{SHOP}?utm_source=a\nb", {"source": "a\nb"}),
            ("https://sh op.test/\t?utm_source=a", {"source": "a"}),
        ),
        visits(
            "quotes and SQL",
            utm("utm_source='; drop table x; --", source="'; drop table x; --"),
            utm("utm_campaign=\"'`$$\\", utm_campaign="\"'`$$\\"),
        ),
        visits("backslashes", ("https:\\\\shop.test\\a?utm_source=\\", {"source": "\\"})),
        visits(
            "users, ports and dots in the host",
            ("https://user:p%40ss@shop.test.:99999/?utm_source=a", {"source": "a"}),
            ("https://@:@/?utm_source=a", {"source": "a"}),
            ("https://..../?utm_source=a", {"source": "a"}),
        ),
        visits(
            "hosts beyond ASCII",
            ("https://müller.example/?utm_source=a", {"source": "a"}),
            ("https://例え.テスト/パス?utm_source=ソース", {"source": "ソース"}),
            ("https://שלום.test/?utm_source=מקור", {"source": "מקור"}),
            ("https://😀.test/?utm_source=😀", {"source": "😀"}),
        ),
        visits(
            "question marks and fragments in disorder",
            (f"{SHOP}?a?utm_source=b", {**DIRECT}),
            (f"{SHOP}?a&utm_source=b?c", {"source": "b?c"}),
            (f"{SHOP}#?utm_source=b", {**DIRECT}),
            (f"{SHOP}?utm_source=a#b#c?utm_medium=cpc", {"source": "a", "medium": "(none)"}),
        ),
        visits(
            "parameters with other separators and names",
            utm("a=b;utm_source=c", **DIRECT),
            utm("a=b&amp;utm_source=c", **DIRECT),
            utm("UTM_SOURCE=c", **DIRECT),
            utm("utm_source", **DIRECT),
            utm("utm_source==", source="="),
            utm("utm_source&utm_source=b", **DIRECT),
        ),
    ]


def _escapes() -> list[Kind]:
    return [
        visits(
            "a stray %",
            utm("utm_source=50%", source="50%"),
            utm("utm_source=100%25+off&utm_campaign=%", source="100% off", utm_campaign="%"),
            utm("utm_source=%zz%4&utm_campaign=%%41", source="%zz%4", utm_campaign="%A"),
        ),
        visits(
            "escapes that are no UTF-8",
            utm("utm_source=%C3%28", source="%C3%28"),
            utm("utm_source=caf%E9", source="caf%E9"),
            utm("utm_source=%FF%FE", source="%FF%FE"),
            utm("utm_source=%C0%AF", source="%C0%AF"),
            utm("utm_source=%ED%A0%80", source="%ED%A0%80"),
            utm("utm_source=%F4%90%80%80", source="%F4%90%80%80"),
            utm("utm_source=%E2%82", source="%E2%82"),
            utm("utm_source=%u00e9", source="%u00e9"),
        ),
        visits(
            "an escaped NUL",
            utm("utm_source=a%00b", source="a%00b"),
            utm("utm_source=%00", source="%00"),
        ),
        visits(
            "escapes of escapes and of separators",
            utm("utm_source=%2541", source="%41"),
            utm("utm_source=a%26b%3Dc%23d%3Fe", source="a&b=c#d?e"),
            utm("utm_source=%0A%09", **DIRECT),
            utm("utm%5Fsource=a", **DIRECT),
        ),
    ]


def _no_urls() -> list[Kind]:
    others = (
        *("javascript:void(0)", "javascript:alert(1)", "data:text/html,<p>", "about:blank"),
        *("mailto:a@b.test", "file:///C:/a.html", "chrome-extension://abc/x.html", "blob:null/1"),
        *("tel:+1", "null", "undefined", "[object Object]", "{{ page.url }}", "%s", "shop", "-"),
    )
    return [
        visits("a URL of another scheme, or none at all", *((url, {**DIRECT}) for url in others)),
        Kind(
            "a blank URL",
            [
                page(number, anonymous_id="blank", url=url)
                for number, url in enumerate(("", " ", "\t\n"))
            ],
            kept=3,
            sessions=[session("blank", event_count=3, first_page_url=None, last_page_url=None)],
        ),
    ]


def _referrers() -> list[Kind]:
    def from_(referrer: str | None, **expected: Any) -> Visit:
        return (SHOP, {"referrer": referrer, **expected})

    none = {**DIRECT}
    return [
        visits(
            "a referrer that is no URL",
            *(
                from_(text, **none)
                for text in (
                    *("null", "javascript:x", "about:blank", "https://", "(not set)", "'", "%"),
                )
            ),
        ),
        visits(
            "a referrer that looks like another",
            from_("https://google.com.evil.test/", source="google.com.evil.test"),
            from_("https://www.google.com@evil.test/", source="evil.test"),
            from_("https://evil.test/?https://www.google.com/", source="evil.test"),
            from_("https://evil.test#@www.google.com/", source="evil.test"),
            from_("https://evil.test\\@www.google.com/", source="evil.test"),
            from_("HTTPS://WWW.GOOGLE.COM./", source="google", medium="organic"),
        ),
        visits(
            "campaigns with signs that lists and paths use",
            *(
                (SHOP, {"context": {"context_campaign_name": name}, "utm_campaign": name})
                for name in ("a > b", "a,b", "a|b", '"a"', "'a'", "{a}", "50%", "\\", "😀", "a\nb")
            ),
        ),
    ]
