"""What ps, rm and locks decide, on made-up sessions: whom to list, to pick and to spare."""

from __future__ import annotations

import pytest
import sqlparse

from runner.activity import (
    Lock,
    Session,
    choose,
    lock_target,
    longest_first,
    matches,
    protected_roles,
    refusal,
    stand_in,
)
from runner.commands.activity import first_line, formatted, printable
from runner.locks import Blocker, Node, lock_tree, may_terminate


def running(pid: int, **others: object) -> Session:
    """A client in the middle of a query."""
    return Session(pid, **{"state": "active", "query": "select 1", "user": "app", **others})


def idle(pid: int, **others: object) -> Session:
    """A client whose last query is over."""
    return running(pid, state="idle", **others)


def in_idle_transaction(pid: int, **others: object) -> Session:
    """A client that left a transaction open."""
    return running(pid, state="idle in transaction", **others)


def hidden(pid: int, **others: object) -> Session:
    """A session as a role sees it that may not look at others."""
    unseen = {"state": "", "kind": "", "query": "<insufficient privilege>", "is_hidden": True}
    return running(pid, **{**unseen, **others})


def outline(roots: list[Node]) -> list[str]:
    """A tree as lines: the depth in dots, the pid, a star where it stands elsewhere too."""
    return [
        "." * depth + str(node.session.pid) + "*" * node.is_repeated
        for root in roots
        for depth, node in root.walk()
    ]


# -- what ps lists -----------------------------------------------------------------------------


def test_the_longest_query_comes_first_and_unknown_ages_last() -> None:
    sessions = [running(1, seconds=2.0), hidden(2), running(3, seconds=30.0), running(4, seconds=2)]
    assert [one.pid for one in longest_first(sessions)] == [3, 1, 4, 2]


def test_only_what_runs_here_is_listed_and_all_is_more() -> None:
    sessions = [
        running(1),
        idle(2),
        in_idle_transaction(3),
        running(4, is_here=False),
        running(5, kind="autovacuum worker"),
    ]
    assert [one.pid for one in longest_first(sessions)] == [1]
    assert len(longest_first(sessions, everything=True)) == 5


def test_ages_and_users_can_be_asked_for() -> None:
    sessions = [running(1, seconds=9.9), running(2, seconds=10.0), running(3, seconds=11, user="b")]
    assert [one.pid for one in longest_first(sessions, min_seconds=10)] == [3, 2]
    assert [one.pid for one in longest_first(sessions, user="app")] == [2, 1]


# -- what rm picks -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field, text", [("query", "SELECT Sales"), ("application", "Sales"), ("user", "SALES")]
)
def test_a_keyword_is_looked_for_in_query_application_and_user_whatever_its_case(
    field: str, text: str
) -> None:
    assert matches(running(1, **{field: text}), "sAlEs")
    assert not matches(running(1, **{field: text}), "sales!")


def test_a_keyword_is_a_text_not_a_pattern() -> None:
    assert not matches(running(1, query="select 1"), "sel.ct")
    assert matches(running(1, query="like 'a%b'"), "a%b")


def test_a_keyword_picks_clients_of_this_database_only() -> None:
    assert not matches(running(1, application="etl", is_here=False), "etl")
    assert not matches(running(1, application="etl", kind="walsender"), "etl")
    assert matches(hidden(1, application="etl"), "etl")


def test_the_last_query_of_an_idle_session_picks_nothing() -> None:
    assert not matches(idle(1, query="select sales"), "sales", force=True)
    assert matches(in_idle_transaction(1, query="select sales"), "sales")
    assert not matches(hidden(1), "privilege")


def test_an_idle_session_is_picked_by_its_application_only_to_be_ended() -> None:
    assert matches(idle(1, application="etl"), "etl", force=True)
    assert not matches(idle(1, application="etl"), "etl")


def test_pids_and_keywords_pick_each_session_once_and_name_what_was_not_found() -> None:
    sessions = [running(11, application="etl"), running(12, application="etl"), running(13)]
    choice = choose(sessions, ["12", "etl", "99", "nothing"])
    assert [one.pid for one in choice.sessions] == [11, 12]
    assert choice.unmatched == ("99", "nothing")


def test_digits_are_a_pid_and_never_a_keyword() -> None:
    choice = choose([running(11, query="select 12"), running(12, is_here=False)], ["12"])
    assert [one.pid for one in choice.sessions] == [12]
    assert choose([running(11, query="select ²")], ["²"]).sessions[0].pid == 11


# -- what rm spares ----------------------------------------------------------------------------


def test_a_client_that_runs_a_query_may_be_signalled() -> None:
    assert refusal(running(1)) is None
    assert refusal(running(1), force=True, protected={"other"}) is None


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    "session, verdict",
    [
        (running(1, user="looker"), "protected"),
        (running(1, kind="walsender"), "refused: not a client (walsender)"),
        (running(1, kind="autovacuum worker"), "refused: not a client (autovacuum worker)"),
        (hidden(1), "not permitted: needs pg_signal_backend and pg_read_all_stats"),
    ],
)
def test_who_is_never_signalled(session: Session, verdict: str, force: bool) -> None:
    outcome = refusal(session, force, protected={"looker"})
    assert outcome is not None
    assert (outcome.verdict, outcome.is_gone) == (verdict, False)


def test_without_force_idle_sessions_have_nothing_to_cancel() -> None:
    at_rest = refusal(idle(1))
    assert at_rest is not None and at_rest.is_gone
    in_transaction = refusal(in_idle_transaction(1))
    assert in_transaction is not None and not in_transaction.is_gone
    assert "--force" in in_transaction.verdict
    assert refusal(idle(1), force=True) is None
    assert refusal(in_idle_transaction(1), force=True) is None


def test_roles_are_protected_by_option_and_by_the_environment_alike() -> None:
    assert protected_roles(["a", "b c"], " d ,,e,") == {"a", "b c", "d", "e"}
    assert protected_roles([], None) == frozenset()


def test_what_a_run_may_terminate_is_named_exactly() -> None:
    session = running(1, user="analyst", application="Looker 24")
    assert may_terminate(session, ["etl", "analyst"])
    assert may_terminate(session, ["application:Looker*"])
    for pattern in ("analyst*", "ANALYST", "application:looker*", "application:Looker", "Looker*"):
        assert not may_terminate(session, [pattern]), pattern
    assert not may_terminate(running(1, user="", application="x"), ["", "application:"])


# -- what is shown -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query, line",
    [
        ("select 1\nfrom a", "select 1"),
        ("\n\n   select   1  ", "select 1"),
        ('/* {"app": "dbt"} */\n\n  create table a as (', "create table a as ("),
        ("-- one\n/* two\nthree */ insert into a", "insert into a"),
        ("-- nothing else", "-- nothing else"),
        ("", ""),
        ("x" * 200, "x" * 159 + "…"),
    ],
)
def test_the_first_line_is_the_first_that_says_something(query: str, line: str) -> None:
    assert first_line(query) == line


def test_what_steers_a_terminal_is_spelt_out() -> None:
    assert printable("a\x1b[2Jb\rc\u202ed\te\nfü") == "a\\x1b[2Jb\\rc\\u202ed\te\nfü"


def test_a_query_is_laid_out_on_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert formatted("select a from b where c = 1") == "select a\nfrom b\nwhere c = 1"
    long = f"select {'1, ' * 10_000}1"
    assert formatted(long) == long

    def refuse(*arguments: object, **options: object) -> str:
        raise sqlparse.exceptions.SQLParseError("too deep")

    monkeypatch.setattr(sqlparse, "format", refuse)
    assert formatted("select  a") == "select  a"


@pytest.mark.parametrize(
    "row, words",
    [
        ({"lock_type": "relation", "relation_name": "a.b", "relation_id": 7}, "a.b"),
        ({"lock_type": "relation", "relation_id": 7}, "relation 7 of another database"),
        ({"lock_type": "transactionid", "relation_name": "a.b", "relation_id": 7}, "a row of a.b"),
        ({"lock_type": "transactionid", "transaction_id": "745"}, "transaction 745"),
        ({"lock_type": "tuple", "relation_name": "a.b", "relation_id": 7}, "a row of a.b"),
        ({"lock_type": "extend", "relation_name": "a.b", "relation_id": 7}, "extend of a.b"),
        ({"lock_type": "virtualxid"}, "virtualxid"),
        (
            {"lock_type": "advisory", "class_id": 1, "object_id": 2, "object_part": 1},
            f"advisory lock {2**32 + 2}",
        ),
        (
            {"lock_type": "advisory", "class_id": 1, "object_id": 2, "object_part": 2},
            "advisory lock (1, 2)",
        ),
    ],
)
def test_what_a_lock_is_on_is_said_in_words(row: dict[str, object], words: str) -> None:
    nothing = dict.fromkeys(("relation_name", "relation_id", "transaction_id"))
    assert lock_target({**nothing, **row}) == words


def test_a_blocker_is_described_in_one_line() -> None:
    locks = (Lock("s.a", "Share", True), Lock("s.b", "AccessExclusive", False))
    session = in_idle_transaction(7, application="psql", transaction_seconds=4321.4)
    assert Blocker(session, locks).describe() == (
        "pid 7 (user app, psql, idle in transaction, transaction open for 4,321 s) "
        "holds Share on s.a and 1 more"
    )
    waits = Blocker(running(8, blocked_by=(7,)), (Lock("s.a", "AccessExclusive", False),))
    assert waits.describe() == (
        "pid 8 (user app, active) waits for AccessExclusive on s.a, itself behind pid 7"
    )
    prepared = Blocker(stand_in(0, "two"), (Lock("s.a", "Exclusive", True),))
    assert prepared.describe().startswith("no pid (prepared transaction 'two', prepared) holds")


# -- the tree of waiters -----------------------------------------------------------------------


def test_nobody_waits() -> None:
    assert lock_tree([running(1), idle(2)]) == []


def test_a_chain_of_three() -> None:
    sessions = [running(3, blocked_by=(2,)), running(2, blocked_by=(1,)), in_idle_transaction(1)]
    assert outline(lock_tree([*sessions, running(9)])) == ["1", ".2", "..3"]


def test_a_queue_is_a_chain_though_each_waits_for_all_before_it() -> None:
    sessions = [running(pid, blocked_by=tuple(range(1, pid))) for pid in range(1, 6)]
    assert outline(lock_tree(sessions)) == ["1", ".2", "..3", "...4", "....5"]


def test_the_longest_wait_and_the_oldest_transaction_come_first() -> None:
    sessions = [
        running(1, transaction_seconds=5.0),
        running(2, transaction_seconds=50.0),
        running(3, blocked_by=(1,)),
        running(4, blocked_by=(2,), awaited_seconds=1.0),
        running(5, blocked_by=(2,), awaited_seconds=2.0),
    ]
    assert outline(lock_tree(sessions)) == ["2", ".5", ".4", "1", ".3"]


def test_who_waits_for_two_stands_below_both_with_its_waiters_below_the_first() -> None:
    sessions = [
        running(1),
        running(2),
        running(3, blocked_by=(1, 2)),
        running(4, blocked_by=(3,)),
    ]
    assert outline(lock_tree(sessions)) == ["1", ".3", "..4", "2", ".3*"]


def test_where_it_says_above_it_stands_above() -> None:
    sessions = [
        running(1),
        running(2, blocked_by=(1,)),
        running(3, blocked_by=(1,)),
        running(4, blocked_by=(2, 3)),
        running(5, blocked_by=(4,)),
    ]
    assert outline(lock_tree(sessions)) == ["1", ".2", "..4", "...5", ".3", "..4*"]


def test_a_deadlock_has_no_root_and_is_shown_all_the_same() -> None:
    sessions = [
        running(1, blocked_by=(2,)),
        running(2, blocked_by=(1,)),
        running(3, blocked_by=(2,)),
    ]
    assert outline(lock_tree(sessions)) == ["1", ".2", "..1*", "..3"]
    three = [running(pid, blocked_by=tuple({1, 2, 3} - {pid})) for pid in (1, 2, 3)]
    assert {node.session.pid for root in lock_tree(three) for _, node in root.walk()} == {1, 2, 3}


def test_a_blocker_that_is_no_session_is_named_too() -> None:
    tree = lock_tree([running(1, blocked_by=(0,)), running(2, blocked_by=(77,))])
    assert outline(tree) == ["0", ".1", "77", ".2"]
    assert tree[0].session.kind == "prepared transaction"


def test_a_queue_of_two_thousand_is_no_trouble() -> None:
    sessions = [running(pid, blocked_by=(pid - 1,) if pid > 1 else ()) for pid in range(1, 2001)]
    assert [depth for root in lock_tree(sessions) for depth, _ in root.walk()] == list(range(2000))
