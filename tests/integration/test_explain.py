"""One person explained: every answer worked out by hand."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from runner.cli import main
from tests.integration.story import arrive, at, begin, row
from tests.support import upkeep
from tests.support.people import one_line
from tests.support.upkeep import invoke
from tests.support.warehouse import Warehouse

BLOG = "https://shop.test/blog/why?utm_source=letter&utm_medium=email&utm_campaign=may"
BRAND = "https://shop.test/?gclid=abc&utm_source=google&utm_medium=cpc&utm_campaign=brand"
BANNER = "https://shop.test/?utm_source=partner&utm_medium=display"
FEATURES = "https://shop.test/features"
PLACE = "https://shop.test/?q=\x1b[31mred\u202e"
EVIL = "evil\x1b[2J\u202e\x9b"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
DAY = "2024-03-0"


def story(warehouse: Warehouse) -> None:
    """Ada in five sessions, a stranger, one with a hostile id, and a kiosk."""
    begin(warehouse)
    pages = [
        row(at(0), anonymous_id="phone", url=BLOG),
        row(at(days=1), anonymous_id="phone", url=BRAND),
        row(at(days=2), anonymous_id="laptop", url=BANNER),
        row(at(days=3), anonymous_id="laptop", url=FEATURES, context_user_agent=GOOGLEBOT),
        row(at(days=4), anonymous_id="laptop", url=FEATURES),
        row(at(days=6), user_id="ada", url=BRAND),
        row(at(0), anonymous_id="stranger", url=FEATURES),
        row(at(0), anonymous_id=EVIL, url=PLACE),
        row(at(0), anonymous_id="kiosk", url=FEATURES),
    ]
    arrive(warehouse, "pages", pages)
    signup = row(at(3, days=4), anonymous_id="laptop", user_id="ada", event="signed_up")
    arrive(warehouse, "tracks", [signup, row(at(0), user_id="quick", event="signed_up")])
    links = [
        row(at(5, days=4), anonymous_id="phone", user_id="ada"),
        row(at(days=7), anonymous_id="phone", user_id="bob"),
        *(row(at(days=day), anonymous_id="kiosk", user_id=f"u{day}") for day in (1, 2, 3)),
    ]
    arrive(warehouse, "identifies", links)
    arrive(warehouse, "aliases", [row(at(days=8), previous_id="ada", user_id="ada-2")])


def told(warehouse: Warehouse, asked: str) -> dict[str, Any]:
    """What --json prints."""
    result = invoke(warehouse, "explain", "--json", asked)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def check_ids(ada: dict[str, Any]) -> None:
    """Who is linked to whom, since when."""
    assert (ada["asked_id"], ada["alias_id"]) == ("phone", "ada-2")
    assert ada["chain"] == ["phone", "ada", "ada-2"]
    nobody = {"linked_to": None, "linked_at": None, "last_seen_at": None, "other_links": []}
    assert ada["ids"] == [
        {"id": "ada-2", **nobody},
        {
            "id": "ada",
            "linked_to": "ada-2",
            "linked_at": f"{DAY[:-1]}13T12:00:00+00:00",
            "last_seen_at": f"{DAY[:-1]}13T12:00:00+00:00",
            "other_links": [],
        },
        {
            "id": "laptop",
            "linked_to": "ada",
            "linked_at": f"{DAY}9T12:03:00+00:00",
            "last_seen_at": f"{DAY}9T12:03:00+00:00",
            "other_links": [],
        },
        {
            "id": "phone",
            "linked_to": "ada",
            "linked_at": f"{DAY}9T12:05:00+00:00",
            "last_seen_at": f"{DAY}9T12:05:00+00:00",
            "other_links": [
                {
                    "user_id": "bob",
                    "first_seen_at": f"{DAY[:-1]}12T12:00:00+00:00",
                    "last_seen_at": f"{DAY[:-1]}12T12:00:00+00:00",
                }
            ],
        },
    ]


def check_sessions(ada: dict[str, Any]) -> None:
    """Every session with its channel and the rule."""
    keys = ("session_number", "started_at", "channel", "channel_rule", "click_id", "is_paid")
    keys = (*keys, "exclusion_reason", "is_touch", "is_signup_session")
    noon = "T12:00:00+00:00"
    assert [tuple(one[key] for key in keys) for one in ada["sessions"]] == [
        (1, f"{DAY}5{noon}", "Email", 150, None, False, None, True, False),
        (2, f"{DAY}6{noon}", "Paid Search", 40, "gclid", True, None, True, False),
        (3, f"{DAY}7{noon}", "Display", 70, None, True, None, True, False),
        (4, f"{DAY}8{noon}", "Direct", 10, None, False, "user_agent", False, False),
        (5, f"{DAY}9{noon}", "Direct", 10, None, False, None, True, True),
        (6, f"{DAY[:-1]}11{noon}", "Paid Search", 40, "gclid", True, None, False, False),
    ]
    assert [one["why"] for one in ada["sessions"][:3]] == [
        "rule 150: by source or medium",
        "rule 40: a search engine, and a paid medium",
        "rule 70: before Paid Other, which would take cpm",
    ]
    campaign = ("source", "medium", "campaign", "first_page_url")
    first = tuple(ada["sessions"][0][key] for key in campaign)
    assert first == ("letter", "email", "may", BLOG)


def check_touches(ada: dict[str, Any]) -> None:
    """The signup, and which session is which touch."""
    assert ada["signup"] == {
        "signup_timestamp": f"{DAY}9T12:03:00+00:00",
        "session_count_before_signup": 3,
        "blog_url": BLOG,
        "first_page_ever_visited": BLOG,
    }
    keys = ("session_number", "channel", "source", "medium", "campaign", "why")
    assert {name: tuple(one[key] for key in keys) for name, one in ada["touches"].items()} == {
        "first_touch": (
            1,
            "Email",
            "letter",
            "email",
            "may",
            "the first of 4 sessions up to the signup",
        ),
        "last_touch": (
            *(5, "Direct", "(direct)", "(none)", None),
            "the last of 4 sessions up to the signup, the one with the signup",
        ),
        "first_attributed_touch": (
            *(2, "Paid Search", "google", "cpc", "brand"),
            "the first of 2 paid sessions up to the signup",
        ),
        "last_attributed_touch": (
            *(3, "Display", "partner", "display", None),
            "the last of 2 paid sessions up to the signup",
        ),
    }


def check_changes(warehouse: Warehouse) -> None:
    """What changed since the first writing."""
    assert told(warehouse, "ada")["changes"] == []
    assert "nothing changed since" in invoke(warehouse, "explain", "ada").stdout
    old, new = {"first_touch_channel": "Direct"}, {"first_touch_channel": "Email"}
    both = "first_touch_channel, signup_timestamp", json.dumps(old), json.dumps(new)
    warehouse.execute(
        "insert into reporting.attribution_changes (changed_at, alias_id, signup_timestamp,"
        " change_kind, reason, changed_columns, old_values, new_values) values"
        " (%s, 'ada-2', %s, 'changed', 'new link', %s, %s, %s),"
        " (%s, 'ada', %s, 'removed', 'new link', null, %s, null),"
        " (%s, 'quick', %s, 'changed', 'late event', null, null, null)",
        (
            *(at(days=9), at(3, days=4), *both),
            *(at(days=8), at(3, days=4), json.dumps(old)),
            *(at(days=8), at(0)),
        ),
    )
    removed, changed = told(warehouse, "laptop")["changes"]
    assert (removed["alias_id"], removed["change_kind"]) == ("ada", "removed")
    assert changed == {
        "changed_at": f"{DAY[:-1]}14T12:00:00+00:00",
        "alias_id": "ada-2",
        "signup_timestamp": f"{DAY}9T12:03:00+00:00",
        "change_kind": "changed",
        "reason": "new link",
        "changed_columns": ["first_touch_channel", "signup_timestamp"],
        "old_values": old,
        "new_values": new,
    }
    printed = invoke(warehouse, "explain", "ada").stdout
    assert "first_touch_channel: Direct -> Email" in printed
    assert (removed["changed_columns"], removed["new_values"]) == ([], None)
    assert "2 changes since the signup was first written" in printed


def check_others(warehouse: Warehouse) -> None:
    """A signup with one session, one without, and an id that links nobody."""
    quick = told(warehouse, "quick")
    assert [one["why"] for one in quick["touches"].values()] == [
        "the only session up to the signup, the one with the signup",
        "the only session up to the signup, the one with the signup",
        "no paid session up to the signup",
        "no paid session up to the signup",
    ]
    assert quick["touches"]["first_attributed_touch"]["session_number"] is None
    stranger = told(warehouse, "stranger")
    assert (stranger["signup"], stranger["touches"], stranger["chain"]) == (None, {}, ["stranger"])
    assert "no signup in a session that counts" in invoke(warehouse, "explain", "stranger").stdout
    kiosk = told(warehouse, " kiosk\t")
    assert kiosk["alias_id"] == "kiosk"
    assert [one["user_id"] for one in kiosk["ids"][0]["other_links"]] == ["u1", "u2", "u3"]
    assert "links nobody (max_users_per_anonymous_id): u1 from" in (
        invoke(warehouse, "explain", "kiosk").stdout
    )


def check_hostile(warehouse: Warehouse) -> None:
    """What steers a terminal is shown by its number; JSON still says what it was."""
    for arguments in ((), ("--json",)):
        result = invoke(warehouse, "explain", *arguments, "--", EVIL)
        assert result.exit_code == 0
        assert not set("\x1b\x9b\u202e") & set(result.stdout)
    evil = told(warehouse, EVIL)
    assert (evil["alias_id"], evil["sessions"][0]["first_page_url"]) == (EVIL, PLACE)


def check_refusals(warehouse: Warehouse) -> None:
    """What cannot be explained is told in one line, with exit code 2."""
    for asked, words in {
        "nobody": "explain: nobody is known by the id 'nobody'",
        "ADA": "case included",
        "no\x1bbody\n": "'no\\x1bbody'",
        " NULL ": "'NULL' stands for nobody",
        "\udcff": "no text in UTF-8",
    }.items():
        for arguments in ((), ("--json",)):
            result = invoke(warehouse, "explain", *arguments, asked)
            assert (result.exit_code, result.stdout) == (2, ""), asked
            assert words in one_line(result.stderr)


def check_roles(warehouse: Warehouse) -> None:
    """What a role may not read is told in one line; what changed is left out."""
    warehouse.execute("drop role if exists onlooker; create role onlooker login")
    environment = {**upkeep.environment(warehouse), "PGUSER": "onlooker"}

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, words, env=environment)

    try:
        for words in (["explain", "ada"], ["attribute"]):
            result = call(*words)
            assert (result.exit_code, result.stdout) == (1, "")
            assert f"{words[0]}: permission denied for schema" in one_line(result.stderr)
        for schema in ("aliasing", "sessions", "reference"):
            warehouse.execute(f"grant usage on schema {schema} to onlooker")
            warehouse.execute(f"grant select on all tables in schema {schema} to onlooker")
        found = json.loads(call("explain", "ada", "--json").stdout)
        assert (found["signup"] is not None, found["changes"]) == (True, None)
    finally:
        warehouse.execute("drop owned by onlooker; drop role onlooker")


def test_every_answer_by_hand(warehouse: Warehouse) -> None:
    result = invoke(warehouse, "explain", "ada")
    assert result.exit_code == 2
    assert "explain: there is no table aliasing.identity_map yet" in one_line(result.stderr)
    story(warehouse)
    warehouse.nightly({"max_users_per_anonymous_id": 2})
    ada = told(warehouse, "phone")
    check_ids(ada)
    check_sessions(ada)
    check_touches(ada)
    assert list(ada) == [
        *("asked_id", "alias_id", "chain", "ids", "sessions", "signup", "touches", "changes"),
    ]
    printed = invoke(warehouse, "explain", "phone").stdout
    for words in (
        "person: ada-2",
        "the id leads there: phone -> ada -> ada-2",
        "bob from 2024-03-12 12:00:00",
        "6 sessions",
        "rule 40: a search engine, and a paid medium",
        "click id gclid, paid",
        "does not count: user_agent (vars.exclude_user_agents)",
        "signup: 2024-03-09 12:03:00, after 3 sessions before its own",
        f"first blog page up to the signup: {BLOG}",
        "the last of 2 paid sessions up to the signup",
    ):
        assert words in printed
    check_changes(warehouse)
    check_others(warehouse)
    check_hostile(warehouse)
    check_refusals(warehouse)
    check_roles(warehouse)
    # attribution that is not of these sessions is told, not explained away
    warehouse.execute("delete from sessions.all_sessions where session_number = 1")
    why = told(warehouse, "ada")["touches"]["first_touch"]["why"]
    assert why == "all_sessions has another answer: a run is under way or was cut short"
    # and an edited list of rules
    warehouse.execute("delete from reference.channel_rules where precedence = 40")
    why = told(warehouse, "ada")["sessions"][0]["why"]
    assert why == "rule 40, which the list channel_rules has not any more"
