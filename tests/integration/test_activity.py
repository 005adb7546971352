"""ps, show and rm against real sessions: running, idle in transaction, protected, out of reach."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg2
import psycopg2.extras
import pytest

from runner import activity
from runner.embedded import TEST_SETTINGS, EmbeddedServer
from tests.support.people import SLEEP, People, make_people, one_line

Connection = psycopg2.extensions.connection


@pytest.fixture
def people(server: EmbeddedServer, database: str) -> Iterator[People]:
    """An empty database and sessions on it."""
    yield from make_people(server, database)


@pytest.mark.all_versions
def test_ps_lists_what_runs_the_longest_first_and_never_itself(people: People) -> None:
    first = people.runs(SLEEP, "report")
    second = people.runs("/* dbt */\nselect pg_sleep(600), 'second\x1b[31m'\nlimit 1", "etl")
    people.open("idler")
    people.in_transaction("select 1", "leaver")
    listed = people.json("ps")
    assert [one["pid"] for one in listed] == [first, second]
    assert listed[0]["application"] == "report"
    assert listed[0]["waiting_for"] == "Timeout/PgSleep"
    assert 0 < listed[1]["seconds"] <= listed[0]["seconds"] < 600
    shown = people.call("ps").stdout
    assert "select pg_sleep(600), 'second\\x1b[31m'" in shown
    assert "limit 1" not in shown and "dbt" not in shown and "\x1b" not in shown
    everything = people.json("ps", "--all")
    assert not [one for one in everything if one["application"].startswith("segment_attribution")]


def test_ps_can_list_idle_sessions_and_other_databases(people: People) -> None:
    idle = people.open("idler").info.backend_pid
    left = people.in_transaction("select 1", "leaver")
    elsewhere = people.runs(SLEEP, "elsewhere", database="postgres")
    assert people.json("ps") == []
    states = {one["pid"]: (one["database"], one["state"]) for one in people.json("ps", "--all")}
    assert states[idle] == (people.database, "idle")
    assert states[left] == (people.database, "idle in transaction")
    assert states[elsewhere] == ("postgres", "active")
    assert "postgres" in people.call("ps", "--all").stdout


def test_ps_can_be_narrowed_to_a_role_and_an_age(people: People) -> None:
    theirs = people.runs(SLEEP, user="people_analyst")
    people.runs(SLEEP)
    assert [one["pid"] for one in people.json("ps", "--user", "people_analyst")] == [theirs]
    assert people.json("ps", "--min-seconds", "500") == []
    assert len(people.json("ps", "--min-seconds", "0.001")) == 2


@pytest.mark.all_versions
def test_ps_says_once_that_it_may_not_see_what_others_do(people: People) -> None:
    others = [people.runs(SLEEP, "a"), people.runs(SLEEP, "b")]
    own = people.runs(SLEEP, "c", user="people_analyst")
    result = people.call("ps", PGUSER="people_analyst")
    assert result.exit_code == 0
    assert result.stdout.count("notice:") == 1
    # the administrator's own connection is hidden as well
    assert "notice: 3 sessions hide their query from people_analyst" in result.stdout
    listed = people.json("ps", PGUSER="people_analyst")
    hidden = {one["pid"] for one in listed if one["query"] == "<insufficient privilege>"}
    assert hidden == {*others, people.admin.info.backend_pid}
    assert listed[0]["pid"] == own and listed[0]["query"] == SLEEP
    assert "notice" not in people.call("ps", PGUSER="people_onlooker").stdout


def test_a_watch_goes_on_until_it_is_interrupted(people: People) -> None:
    pid = people.runs(SLEEP)
    child = people.child(
        "ps", "--watch", "0.1", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    lists = [json.loads(child.stdout.readline()) for _ in range(2)]
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=20)
    assert child.returncode == 0 and errors == ""
    assert [[one["pid"] for one in listed] for listed in lists] == [[pid], [pid]]
    assert lists[0][0]["seconds"] < lists[1][0]["seconds"]


def test_what_the_server_refuses_is_one_line(people: People) -> None:
    result = people.call("ps", PGPORT="1")
    assert result.exit_code == 1
    assert one_line(result.stderr).startswith("error: cannot connect to Postgres")


# -- show --------------------------------------------------------------------------------------


@pytest.mark.all_versions
def test_show_gives_query_locks_and_who_blocks_whom(people: People) -> None:
    people.execute("create schema shop; create table shop.orders (id int)")
    holder = people.in_transaction("lock table shop.orders in share mode", "keeper")
    waiter = people.runs("insert into shop.orders select 1 where true", "writer")
    shown = people.json("show", waiter)
    assert shown["query"].splitlines() == ["insert into shop.orders", "select 1", "where true"]
    assert shown["locks"][0] == {"on": "shop.orders", "mode": "RowExclusive", "is_held": False}
    assert [one["pid"] for one in shown["blockers"]] == [holder]
    assert shown["transaction_seconds"] > 0
    blocking = people.json("show", holder)
    assert {"on": "shop.orders", "mode": "Share", "is_held": True} in blocking["locks"]
    assert [one["pid"] for one in blocking["blocked"]] == [waiter]
    text = people.call("show", holder).stdout
    for words in ("idle in transaction", "keeper", "held", "Share", "shop.orders", "open for"):
        assert words in text
    assert f"blocks:      {waiter}" in text and "\x1b" not in text


def test_show_of_nobody_is_one_line(people: People) -> None:
    result = people.call("show", 2**31 - 1)
    assert result.exit_code == 1 and result.stdout == ""
    assert "no session has the pid 2147483647" in one_line(result.stderr)


def test_show_says_that_a_query_is_not_whole(people: People) -> None:
    pid = people.runs(f"select pg_sleep(600), '{'x' * 2000}'")
    assert people.json("show", pid)["query_is_cut"]
    assert "track_activity_query_size" in people.call("show", pid).stdout


# -- rm ----------------------------------------------------------------------------------------


@pytest.mark.all_versions
def test_rm_cancels_all_that_match_but_the_protected(people: People) -> None:
    matching = [
        people.runs("select pg_sleep(600) as nightly_report"),
        people.runs(SLEEP, "The Nightly Report"),
    ]
    protected = people.runs(SLEEP, "nightly report", user="people_looker")
    other = people.runs(SLEEP, "other")
    arguments = ("rm", "NIGHTLY", "--yes", "--protect", "people_looker")
    result = people.call(*arguments, "--json")
    verdicts = {one["pid"]: (one["verdict"], one["is_gone"]) for one in json.loads(result.stdout)}
    assert verdicts == {
        **dict.fromkeys(matching, ("cancelled", True)),
        protected: ("protected", False),
    }
    assert result.exit_code == 1
    assert [people.state(pid) for pid in matching] == ["idle", "idle"]
    assert [people.state(pid) for pid in (protected, other)] == ["active", "active"]
    # now only the protected one is left; the environment protects it as well
    again = people.call("rm", "nightly", "--yes", RUNNER_PROTECT="x, people_looker")
    assert again.exit_code == 1 and "protected" in again.stdout
    assert people.state(protected) == "active"
    unprotected = people.call("rm", "nightly", "--yes")
    assert unprotected.exit_code == 0 and "cancelled" in unprotected.stdout
    assert people.state(protected) == "idle"


@pytest.mark.all_versions
def test_rm_with_force_ends_the_session(people: People) -> None:
    pids = [people.runs(SLEEP), people.in_transaction("select 1")]
    result = people.call("rm", "-f", "--yes", *pids)
    assert result.exit_code == 0 and result.stdout.count("terminated") == 2
    assert [people.state(pid) for pid in pids] == [None, None]


def test_rm_only_looks_when_told_so(people: People) -> None:
    pid = people.runs(SLEEP, "report")
    result = people.call("rm", "report", "--dry-run")
    assert result.exit_code == 0 and "would be cancelled" in result.stdout
    assert "would be terminated" in people.call("rm", "-f", pid, "--dry-run").stdout
    spared = people.call("rm", pid, "--dry-run", "--protect", "postgres")
    assert spared.exit_code == 1 and "protected" in spared.stdout
    assert people.state(pid) == "active"


@pytest.mark.parametrize(
    "arguments, word", [(["report"], "--yes"), (["report", " ", "--yes"], "empty keyword")]
)
def test_rm_is_refused_where_it_cannot_ask_or_would_match_all(
    people: People, arguments: list[str], word: str
) -> None:
    pid = people.runs(SLEEP, "report")
    result = people.call("rm", *arguments)
    assert result.exit_code == 2
    assert word in one_line(result.stderr)
    assert people.state(pid) == "active"


@pytest.mark.parametrize("answer, state, code", [("n", "active", 1), ("y", "idle", 0)])
def test_rm_asks_on_a_terminal(people: People, answer: str, state: str, code: int) -> None:
    pid = people.runs(SLEEP, "report")
    ours, theirs = pty.openpty()
    child = people.child("rm", "report", stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(ours, 1000)
    assert str(pid).encode() in shown
    assert people.state(pid) == "active"
    os.write(ours, f"{answer}\n".encode())
    with contextlib.suppress(OSError):  # the terminal is gone when the child is
        while chunk := os.read(ours, 1000):
            shown += chunk
    os.close(ours)
    assert child.wait(20) == code
    assert people.state(pid) == state
    assert (b"cancelled" if code == 0 else b"left alone") in shown


def test_rm_never_ends_itself_and_says_what_it_did_not_find(people: People) -> None:
    result = people.call("rm", "segment_attribution rm", "4194304", "--yes", "-f")
    assert result.exit_code == 1 and result.stdout == ""
    lines = result.stderr.splitlines()
    assert "no session matches 'segment_attribution rm'" in lines[0]
    assert "no session has the pid 4194304" in lines[1]
    assert len(lines) == 2


def test_rm_does_not_take_a_session_in_transaction_for_cancelled(people: People) -> None:
    people.execute("create table stock (id int)")
    pid = people.in_transaction("lock table stock")
    result = people.call("rm", pid, "--yes")
    assert result.exit_code == 1 and "only --force ends it" in result.stdout
    assert people.state(pid) == "idle in transaction"
    assert people.call("rm", pid, "--yes", "--force").exit_code == 0
    assert people.value("select count(*) from stock") == 0


def test_rm_says_that_one_is_still_there(people: People) -> None:
    deaf = people.runs(
        "do $$ begin loop begin perform pg_sleep(600);"
        " exception when query_canceled then null; end; end loop; end $$"
    )
    started = time.monotonic()
    result = people.call("rm", deaf, "--yes", "--wait", "0.3")
    assert 0.3 <= time.monotonic() - started < 4
    assert result.exit_code == 1 and "still there" in result.stdout
    assert people.state(deaf) == "active"
    assert people.call("rm", deaf, "--yes", "-f").exit_code == 0


@pytest.mark.all_versions
def test_rm_says_what_it_is_not_permitted_to_end(people: People) -> None:
    theirs = people.runs(SLEEP, "report", user="people_analyst")
    own = people.runs(SLEEP, "report", user="people_onlooker")
    arguments = ("rm", "report", "--yes", "--json")
    result = people.call(*arguments, PGUSER="people_onlooker")
    verdicts = {one["pid"]: one["verdict"] for one in json.loads(result.stdout)}
    assert verdicts[own] == "cancelled"
    assert verdicts[theirs].startswith("not permitted: needs pg_signal_backend")
    assert result.exit_code == 1 and people.state(theirs) == "active"
    blind = people.call("rm", people.admin.info.backend_pid, "--yes", PGUSER="people_analyst")
    assert "not permitted: needs pg_signal_backend and pg_read_all_stats" in blind.stdout
    people.execute("grant pg_signal_backend to people_onlooker")
    assert people.call(*arguments, PGUSER="people_onlooker").exit_code == 0
    assert people.state(theirs) == "idle"


def test_only_the_query_that_was_looked_at_is_cancelled(people: People) -> None:
    pid = people.runs(SLEEP)
    (looked,) = [one for one in activity.fetch_sessions(people.admin) if one.pid == pid]
    earlier_query = replace(looked, query_start=looked.session_start)
    earlier_session = replace(looked, session_start=looked.query_start)
    for stale, force in ((earlier_query, False), (earlier_session, False), (earlier_session, True)):
        (outcome,) = activity.end_sessions(people.admin, [stale], force, wait_seconds=0)
        assert (outcome.verdict, outcome.is_gone) == ("gone: it had ended by itself", True)
    assert people.state(pid) == "active"
    (outcome,) = activity.end_sessions(people.admin, [looked])
    assert outcome.verdict == "cancelled" and people.state(pid) == "idle"


def test_rm_leaves_replication_alone() -> None:
    settings = {**TEST_SETTINGS, "wal_level": "replica", "max_wal_senders": 2}
    with EmbeddedServer(settings=settings) as server:
        for people in make_people(server, "postgres"):
            sender = psycopg2.connect(
                host="127.0.0.1",
                port=server.port,
                user="postgres",
                application_name="standby",
                connection_factory=psycopg2.extras.PhysicalReplicationConnection,
            )
            with closing(sender):
                pid = sender.info.backend_pid
                result = people.call("rm", "-f", pid, "--yes")
                assert result.exit_code == 1 and "refused: not a client" in result.stdout
                assert "no session matches" in people.call("rm", "-f", "standby", "--yes").stderr
                assert people.value("select count(*) from pg_stat_activity where pid = %s", pid)
