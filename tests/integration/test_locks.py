"""The tree of who waits for whom, and whether a night could start, against real locks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from runner.embedded import TEST_SETTINGS, EmbeddedServer
from runner.locks import blockers, terminate_matching, wait_until_free
from runner.project import PROJECT_DIR
from runner.schemas import project_schemas
from tests.support.people import People, make_people, one_line
from tests.support.warehouse import Workplace

TABLE = "sessions.attribution"
# modes of `lock table` that a night does not wait behind, and those that it does
HARMLESS = ("access share", "row share", "row exclusive", "share update exclusive")
HARMFUL = ("share", "share row exclusive", "exclusive", "access exclusive")


def make_tables(people: People) -> People:
    """A table of the project, plain; another, partitioned; and one that is not the project's."""
    people.execute(
        f"create schema sessions; create table {TABLE} (id int primary key);"
        f"insert into {TABLE} values (1), (2);"
        "create table sessions.all_sessions (id int) partition by list (id);"
        "create table sessions.all_sessions_1 partition of sessions.all_sessions for values in (1);"
        "create table public.other (id int)"
    )
    return people


@pytest.fixture
def people(server: EmbeddedServer, database: str) -> Iterator[People]:
    """A database with tables of the project and sessions on it."""
    for people in make_people(server, database):
        yield make_tables(people)


def holds(people: People, mode: str, table: str = TABLE, **who: str) -> int:
    """A session that holds a lock and is idle in its transaction; its pid."""
    return people.in_transaction(f"lock table {table} in {mode} mode", **who)


def shape(nodes: list[dict[str, Any]]) -> list[Any]:
    """A nested tree with nothing but pids."""
    return [[node["pid"], *shape(node["waiters"])] for node in nodes]


def pids(people: People) -> list[int]:
    """Who is in the way of a night, in order of their number."""
    return sorted(one.session.pid for one in blockers(people.admin, ["sessions"]))


# -- the tree ----------------------------------------------------------------------------------


@pytest.mark.all_versions
def test_a_chain_of_three_is_shown_from_its_root(people: People) -> None:
    root = people.in_transaction(f"select * from {TABLE}", "keeper", "postgres")
    changer = people.runs(f"alter table {TABLE} add column b int", "changer")
    reader = people.runs(f"select *\nfrom {TABLE}", "reader")
    people.runs("select pg_sleep(600)", "bystander")
    tree = people.json("locks")
    assert shape(tree) == [[root, [changer, [reader]]]]
    top, middle = tree[0], tree[0]["waiters"][0]
    assert (top["state"], top["awaited_lock"]) == ("idle in transaction", "")
    assert (middle["awaited_lock"], middle["awaited_on"]) == ("AccessExclusive", TABLE)
    assert middle["waiters"][0]["awaited_lock"] == "AccessShare"
    assert 0 < middle["awaited_seconds"] <= middle["transaction_seconds"] < 600
    lines = people.call("locks").stdout.splitlines()
    assert [len(line) - len(line.lstrip()) for line in lines] == [0, 2, 4]
    for words in (str(root), "postgres", "keeper", "idle in transaction", "transaction", TABLE):
        assert words in lines[0]
    assert f"AccessExclusive on {TABLE}  alter table {TABLE} add column b int" in lines[1]
    assert lines[2].endswith("select *")


def test_the_waits_of_others_are_seen_without_their_queries(people: People) -> None:
    root = holds(people, "access exclusive")
    waiter = people.runs(f"select * from {TABLE}")
    result = people.call("locks", "--json", PGUSER="people_analyst")
    assert "notice: 2 sessions hide" in one_line(result.stderr)
    tree = people.json("locks", PGUSER="people_analyst")
    assert shape(tree) == [[root, [waiter]]]
    assert tree[0]["waiters"][0]["awaited_on"] == TABLE
    assert tree[0]["waiters"][0]["query"] == "<insufficient privilege>"


@pytest.mark.all_versions
def test_who_waits_for_a_row_is_told_the_table(people: People) -> None:
    root = people.in_transaction(f"update {TABLE} set id = 3 where id = 1")
    waiter = people.runs(f"update {TABLE} set id = 4 where id = 1")
    (top,) = people.json("locks")
    assert shape([top]) == [[root, [waiter]]]
    assert top["waiters"][0]["awaited_on"] == f"a row of {TABLE}"


def test_a_lock_in_another_database_has_a_number(people: People) -> None:
    # a catalog: what has this number there has it here too, but is another table
    root = holds(people, "exclusive", table="pg_description")
    waiter = people.runs("begin; lock table pg_description in row exclusive mode")
    oid = people.value("select 'pg_description'::regclass::oid::bigint")
    tree = people.json("locks", PGDATABASE="postgres")
    assert shape(tree) == [[root, [waiter]]]
    assert tree[0]["waiters"][0]["awaited_on"] == f"relation {oid} of another database"


def test_an_advisory_lock_has_its_key(people: People) -> None:
    people.execute("select pg_advisory_lock(42)")
    waiter = people.runs("select pg_advisory_lock(42)")
    tree = people.json("locks")
    assert shape(tree) == [[people.admin.info.backend_pid, [waiter]]]
    assert tree[0]["waiters"][0]["awaited_on"] == "advisory lock 42"


def test_nobody_waits(people: People) -> None:
    holds(people, "access exclusive")
    result = people.call("locks")
    assert (result.exit_code, result.stdout) == (0, "nobody waits for a lock\n")
    assert people.json("locks") == []


def test_a_prepared_transaction_blocks_without_a_session() -> None:
    with EmbeddedServer(settings={**TEST_SETTINGS, "max_prepared_transactions": 2}) as server:
        for people in make_people(server, "postgres"):
            make_tables(people)
            with closing(people.open()) as preparer, preparer.cursor() as cursor:
                cursor.execute(
                    f"begin; lock table {TABLE} in share mode; prepare transaction 'left over'"
                )
            waiter = people.runs(f"insert into {TABLE} values (9)")
            tree = people.json("locks")
            assert shape(tree) == [[0, [waiter]]] and tree[0]["kind"] == "prepared transaction"
            assert "no pid  prepared transaction" in people.call("locks").stdout
            (found,) = blockers(people.admin, ["sessions"])
            assert "prepared transaction 'left over'" in found.describe()
            assert terminate_matching(people.admin, [found], ["application:*"])[0].is_gone is False
            people.execute("rollback prepared 'left over'")
            assert wait_until_free(people.admin, ["sessions"], 20) == []


# -- is a night free to start ------------------------------------------------------------------


@pytest.mark.all_versions
def test_what_a_night_waits_behind_and_what_not(people: People) -> None:
    for mode in HARMLESS:
        holds(people, mode)
    holds(people, "access exclusive", table="public.other")
    assert blockers(people.admin, ["sessions"]) == []
    # a month is attached to a partitioned table with the lock that vacuum and analyze take
    parent = holds(people, "share update exclusive", table="only sessions.all_sessions")
    holds(people, "share update exclusive", table="sessions.all_sessions_1")
    assert pids(people) == [parent]


@pytest.mark.parametrize("mode", HARMFUL)
def test_each_mode_that_blocks_a_night(people: People, mode: str) -> None:
    pid = holds(people, mode)
    (found,) = blockers(people.admin, ["nothing", "sessions"])
    assert found.session.pid == pid and found.session.state == "idle in transaction"
    (lock,) = found.locks
    assert (lock.on, lock.mode, lock.is_held) == (TABLE, mode.title().replace(" ", ""), True)
    assert blockers(people.admin, ["nothing"]) == []


def test_who_waits_for_such_a_lock_blocks_a_night_too(people: People) -> None:
    reader = people.in_transaction(f"select * from {TABLE}")
    waiter = people.runs(f"alter table {TABLE} add column b int")
    (found,) = blockers(people.admin, ["sessions"])
    assert found.session.pid == waiter and not found.locks[0].is_held
    assert f"itself behind pid {reader}" in found.describe()


def test_waiting_ends_as_soon_as_the_tables_are_free(people: People) -> None:
    blocker = people.open()
    blocker.autocommit = False
    with blocker.cursor() as cursor:
        cursor.execute(f"lock table {TABLE}")
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            blocker.rollback()

    assert wait_until_free(people.admin, ["sessions"], 600, sleep) == []
    assert len(pauses) == 3 and max(pauses) < 1


@pytest.mark.all_versions
def test_locks_waits_for_a_blocker_that_lets_go_in_time(people: People) -> None:
    blocker = people.open()
    blocker.autocommit = False
    with blocker.cursor() as cursor:
        cursor.execute(f"lock table {TABLE}")
    timer = threading.Timer(0.6, blocker.rollback)
    started = time.monotonic()
    timer.start()
    result = people.call("locks", "--wait", "30")
    assert 0.5 < time.monotonic() - started < 20
    assert result.exit_code == 0 and "free" in one_line(result.stdout)
    timer.join()


@pytest.mark.all_versions
def test_locks_names_the_blocker_that_does_not_let_go(people: People) -> None:
    pid = holds(people, "exclusive", application="keeper")
    holds(people, "access share")
    started = time.monotonic()
    result = people.call("locks", "--wait", "0.5")
    assert 0.5 <= time.monotonic() - started < 5
    assert result.exit_code == 4 and result.stdout == ""
    line = one_line(result.stderr)
    assert f"pid {pid} (user postgres, keeper, idle in transaction" in line
    assert f"holds Exclusive on {TABLE}" in line and line.count("pid ") == 1
    as_json = people.call("locks", "--wait", "0", "--json")
    assert as_json.exit_code == 4 and f'"pid": {pid}' in as_json.stdout


def test_the_target_decides_which_tables_are_meant(people: People) -> None:
    holds(people, "exclusive")
    profiles = {"DBT_PROFILES_DIR": str(example_of_profile(people))}
    assert people.call("locks", "--wait", "0", **profiles).exit_code == 4
    assert people.call("locks", "--wait", "0", DBT_TARGET="dev", **profiles).exit_code == 0
    wrong = people.call("locks", "--wait", "0", DBT_TARGET="none", **profiles)
    assert wrong.exit_code == 2 and "no target 'none'" in one_line(wrong.stderr)


def example_of_profile(people: People) -> Path:
    """A folder with the example as profile, whatever stands in the checkout."""
    folder = people.server.folder / "profiles"
    folder.mkdir(exist_ok=True)
    text = (PROJECT_DIR / "profiles.yml.example").read_text("utf-8")
    (folder / "profiles.yml").write_text(text, "utf-8")
    return folder


@pytest.mark.all_versions
def test_only_who_is_on_the_list_is_terminated(people: People) -> None:
    people.execute(
        "grant usage on schema sessions to people_analyst;"
        f"grant select, update on {TABLE} to people_analyst"
    )
    spared = holds(people, "share", application="psql")
    by_name = holds(people, "share", application="Looker 24")
    by_role = holds(people, "share", application="psql", user="people_analyst")
    # on the list, but in nobody's way
    reader = holds(people, "access share", application="Looker 24")
    allowed = ["people_analyst", "application:Looker*"]
    found = blockers(people.admin, ["sessions"])
    assert len(found) == 3
    outcomes = terminate_matching(people.admin, found, allowed)
    assert {one.session.pid: one.verdict for one in outcomes} == {
        by_name: "terminated",
        by_role: "terminated",
    }
    assert pids(people) == [spared]
    assert people.state(reader) == "idle in transaction"
    assert terminate_matching(people.admin, found, []) == []


def test_the_schemas_are_those_that_dbt_uses(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBT_TARGET", raising=False)
    monkeypatch.setenv("DBT_PROFILES_DIR", str(workplace.profiles))
    workplace.project.parse()
    used = {
        node.schema
        for node in workplace.project._manifest.nodes.values()
        if node.resource_type in ("model", "seed") and node.config.materialized != "ephemeral"
    }
    assert set(project_schemas()) == used
