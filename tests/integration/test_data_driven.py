"""Journeys, what they credit to channels, and who reads or writes that meanwhile."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from runner import attribute
from runner.embedded import EmbeddedServer
from runner.errors import CreditError, VerificationFailed
from runner.markov import Step, steps_of, total_journeys, total_signups
from runner.options import DATA_DRIVEN_MODELS
from runner.project import PROJECT_DIR
from tests.integration.story import NOON, arrive, at, begin, row, values
from tests.support.documents import sql_blocks
from tests.support.people import one_line
from tests.support.runs import locked, wait_for
from tests.support.upkeep import invoke
from tests.support.warehouse import Row, Warehouse

TEMPLATE = "journeys_template"
KEPT: set[EmbeddedServer] = set()
PAGE = "https://shop.test/"
EMAIL = f"{PAGE}?utm_medium=email"
AD = f"{PAGE}?utm_source=google&utm_medium=cpc"
CHANNELS = ["Direct", "Email", "Paid Search", "Organic Search", "Referral"]
CREDIT = "reporting.data_driven_credit"
SIGNUPS = "sessions.attribution"


@pytest.fixture
def journeys(warehouse: Warehouse) -> Warehouse:
    """Three people: one signs up on the way, one as a crawler would, one never."""
    if warehouse.server in KEPT:
        warehouse.start_from(TEMPLATE)
        return warehouse
    begin(warehouse)
    googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    arrive(
        warehouse,
        "pages",
        [
            row(at(days=-9), user_id="u", url=EMAIL),
            row(at(days=-2), user_id="u", url=AD),
            row(at(days=-1), user_id="u", url=PAGE, context_user_agent=googlebot),
            row(at(), user_id="u", url=PAGE),
            row(at(days=1), user_id="u", url=EMAIL),
            row(at(days=-9), anonymous_id="stranger", url=AD),
            row(at(days=-1), anonymous_id="stranger", url=AD),
            row(at(), anonymous_id="stranger", url=PAGE),
            row(at(), anonymous_id="bot", url=AD, context_user_agent=googlebot),
        ],
    )
    arrive(
        warehouse,
        "tracks",
        [
            row(at(1), user_id="u", event="signed_up"),
            row(at(1), anonymous_id="bot", event="signed_up", context_user_agent=googlebot),
        ],
    )
    warehouse.nightly()
    warehouse.keep_as(TEMPLATE)
    KEPT.add(warehouse.server)
    return warehouse


def steps(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """All rows of the view, sorted."""
    return values(warehouse, "select * from reporting.channel_steps order by 1, 2, 3")


def look_back(warehouse: Warehouse, days: int | None) -> None:
    """Define the view with another lookback."""
    warehouse.dbt(["run", "--select", "channel_steps"], {"attribution_lookback_days": days})


def read_plainly(sessions: list[Row], days: int | None = None) -> list[Step]:
    """The steps of all journeys, from rows of all_sessions."""
    people: dict[str, list[Row]] = {}
    for one in sorted(sessions, key=lambda one: (one["alias_id"], one["started_at"])):
        if one["exclusion_reason"] is None:
            people.setdefault(one["alias_id"], []).append(one)
    journeys: Counter[tuple[tuple[str, ...], bool]] = Counter()
    for visits in people.values():
        signups = [one["signup_at"] for one in visits if one["signup_at"] is not None]
        if signups:
            visits = [one for one in visits if one["started_at"] <= min(signups)]
        end = min(signups) if signups else visits[-1]["started_at"]
        touches = [
            one["channel"]
            for one in visits
            if days is None
            or one["is_signup_session"]
            or one["started_at"] >= end - timedelta(days=days)
        ]
        journeys[tuple(touches), bool(signups)] += 1
    return steps_of(
        (touches, number if signed_up else 0, 0 if signed_up else number)
        for (touches, signed_up), number in journeys.items()
    )


def add_drawn_sessions(warehouse: Warehouse, people: int = 80) -> None:
    """Sessions of many people, drawn; some excluded, some with a signup in the middle of them."""
    draw = random.Random(61)
    for person in range(people):
        start = NOON + timedelta(days=draw.uniform(-4, 0))
        has_signup = False
        for number in range(1, draw.randint(1, 9) + 1):
            start += timedelta(hours=draw.choice([1, 30, 70]))
            excluded = draw.choice([None, None, None, "ip"])
            signs_up = draw.random() < 0.15
            first_signup = signs_up and excluded is None and not has_signup
            has_signup |= first_signup
            warehouse.execute(
                "insert into sessions.all_sessions (session_id, alias_id, session_number,"
                " started_at, channel, exclusion_reason, signup_at, is_signup_session)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    f"{person}-{number}",
                    f"drawn {person}",
                    number,
                    start,
                    draw.choice(CHANNELS),
                    excluded,
                    start + timedelta(minutes=1) if signs_up else None,
                    first_signup,
                ),
            )


def test_steps_by_hand(journeys: Warehouse) -> None:
    assert steps(journeys) == [
        ("(none)", "(start)", "Email", 1),
        ("(none)", "(start)", "Paid Search", 1),
        ("(start)", "Email", "Paid Search", 1),
        ("(start)", "Paid Search", "Paid Search", 1),
        ("Email", "Paid Search", "Direct", 1),
        ("Paid Search", "Direct", "(conversion)", 1),
        ("Paid Search", "Direct", "(null)", 1),
        ("Paid Search", "Paid Search", "Direct", 1),
    ]
    look_back(journeys, 1)
    assert steps(journeys) == [
        ("(none)", "(start)", "Direct", 1),
        ("(none)", "(start)", "Paid Search", 1),
        ("(start)", "Direct", "(conversion)", 1),
        ("(start)", "Paid Search", "Direct", 1),
        ("Paid Search", "Direct", "(null)", 1),
    ]


def test_steps_and_credit_of_many_are_those_of_a_plain_reading(journeys: Warehouse) -> None:
    add_drawn_sessions(journeys)
    sessions = journeys.rows("sessions.all_sessions")
    for days in (3, None):
        look_back(journeys, days)
        assert steps(journeys) == sorted(read_plainly(sessions, days)), days
    printed = invoke(journeys, "attribute", "--json")
    told = json.loads(printed.stdout)
    plain = read_plainly(sessions)
    journeys_read, signed_up = total_journeys(plain), total_signups(plain)
    assert 20 < signed_up < journeys_read - 20
    expected = {
        (one.attribution_model, one.channel): one
        for model in DATA_DRIVEN_MODELS
        for one in attribute.compute(plain, model)
    }
    stored = journeys.rows(CREDIT)
    assert len(stored) == len(expected) == 3 * len(CHANNELS) == len(told["credits"])
    assert len({one["computed_at"] for one in stored}) == 1
    for one in stored:
        wanted = expected[one["attribution_model"], one["channel"]]
        assert (one["share"], one["signups"]) == pytest.approx((wanted.share, wanted.signups))
        assert one["removal_effect"] == pytest.approx(wanted.removal_effect)
        assert (one["removal_effect"] is None) == (one["attribution_model"] == "shapley")
        totals = one["total_journeys"], one["total_signups"]
        told_totals = told["total_journeys"], told["total_signups"]
        assert totals == told_totals == (journeys_read, signed_up)
    for model, signups, share in values(
        journeys,
        "select attribution_model, sum(signups) as signups, sum(share) as share"
        f" from {CREDIT} group by 1 order by 1",
    ):
        assert (signups, share) == pytest.approx((signed_up, 1), abs=1e-9), model


def test_only_the_newest_computation_is_kept(journeys: Warehouse) -> None:
    def times() -> dict[str, Any]:
        found = values(
            journeys, f"select attribution_model, min(computed_at) from {CREDIT} group by 1"
        )
        return dict(found)

    printed = invoke(journeys, "attribute")
    assert printed.exit_code == 0, printed.stderr
    # by hand: without Direct or Paid Search nobody converts, without Email half as many: 1, 1 and
    # 1/2 of 5/2; Shapley: Email adds 1/4 of all journeys where it comes last, a third of the time,
    # so 1/12 of 1/2, and the others are alike
    lines = {line[:11].strip(): line.split()[-3:] for line in printed.stdout.splitlines()}
    assert lines["Direct"] == lines["Paid Search"] == ["0.4", "0.4", "0.4"]
    assert lines["Email"] == ["0.2", "0.2", "0.2"]
    assert lines["all"] == ["1.0", "1.0", "1.0"]
    assert values(journeys, f"select signups from {CREDIT} where channel = 'Email' order by 1") == [
        (pytest.approx(1 / 6),),
        (pytest.approx(1 / 5),),
        (pytest.approx(1 / 5),),
    ]
    assert "signups: 1 of 2 people" in printed.stdout
    for query in sql_blocks(PROJECT_DIR / "docs" / "attribution-models.md"):
        assert len(journeys.rows(query)) == 9
    before = times()
    assert sorted(before) == sorted(DATA_DRIVEN_MODELS)
    with locked(journeys, "set transaction isolation level repeatable read; select 1") as reader:
        count = "select count(*), min(computed_at) from reporting.data_driven_credit"
        with reader.cursor() as cursor:
            cursor.execute(count)
            seen = cursor.fetchone()
            # a reader with an open transaction waits for nobody and sees what it saw
            assert invoke(journeys, "attribute", "--model", "shapley").exit_code == 0
            cursor.execute(count)
            assert cursor.fetchone() == seen
    after = times()
    assert after.pop("shapley") > before.pop("shapley")
    assert after == before
    # two at once: both are held up in front of the table, then one follows the other
    with locked(journeys, f"lock table {CREDIT} in share row exclusive mode") as holder:
        both = [journeys.start("attribute") for _ in range(2)]
        waiting = "select count(*) from pg_locks where not granted and relation = %s::regclass"
        wait_for(lambda: journeys.rows(waiting, (CREDIT,))[0]["count"] == 2, "two wait")
        holder.rollback()
        assert [one.wait(60) for one in both] == [0, 0]
    assert values(journeys, f"select count(*) from {CREDIT}") == [(9,)]
    # a night leaves it as it is
    journeys.nightly()
    assert values(journeys, f"select count(*) from {CREDIT}") == [(9,)]
    names = {CREDIT: "data_driven_credit_adds_up", SIGNUPS: "journeys_go_on"}
    journeys.dbt(["test", "--select", *names.values()])
    for table, name in names.items():
        journeys.execute(f"delete from {table} as t where t::text ~ 'Email'")
        with pytest.raises(VerificationFailed, match=name):
            journeys.dbt(["test", "--select", name])


def test_what_is_in_the_way_is_told_in_one_line(
    journeys: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(code: int) -> str:
        result = invoke(journeys, "attribute")
        assert (result.exit_code, result.stdout) == (code, "")
        return one_line(result.stderr)

    with monkeypatch.context() as patched, locked(journeys, f"lock table {CREDIT}"):
        patched.setattr(attribute, "LOCK_TIMEOUT", "50ms")
        assert "another session has a lock on reporting.data_driven_credit" in refused(4)
    journeys.execute("update sessions.all_sessions set channel = '(null)' where alias_id = 'u'")
    assert "a channel is called (null)" in refused(2)
    journeys.execute("update sessions.all_sessions set signup_at = null")
    journeys.execute("update sessions.all_sessions set channel = 'Direct'")
    assert "none of 2 people signed up" in refused(2)
    journeys.execute("delete from sessions.all_sessions")
    assert "there are no sessions that count" in refused(2)
    journeys.execute("drop table reporting.data_driven_credit")
    message = refused(2)
    assert "there is no table reporting.data_driven_credit yet; run once: " in message
    assert message.endswith("python -m runner nightly")
    with (
        journeys.in_environment(),
        pytest.raises(CreditError, match=r"set vars\.reporting to true"),
    ):
        attribute.attribute((), {"reporting": False})
