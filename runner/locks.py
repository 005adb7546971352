"""Who waits for whom, and who holds locks that a night would wait behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import psycopg2.extensions

from runner import activity, database
from runner.activity import Outcome, Session

Connection = psycopg2.extensions.connection

POLL_SECONDS = 0.25
BY_APPLICATION = "application:"


@dataclass
class Node:
    """A session in the tree of who waits for whom.

    Attributes:
        session: who.
        waiters: those that wait for it, longest first.
        is_repeated: it stands elsewhere in the tree, with those that wait for it.
    """

    session: Session
    waiters: list[Node] = field(default_factory=list)
    is_repeated: bool = False

    def walk(self) -> Iterator[tuple[int, Node]]:
        """The node and all below it, from top to bottom, each with its depth."""
        left: list[tuple[int, Node]] = [(0, self)]
        while left:
            depth, node = left.pop()
            yield depth, node
            left += [(depth + 1, waiter) for waiter in reversed(node.waiters)]


@dataclass(frozen=True)
class Blocker:
    """A session, or a prepared transaction, that a night would wait behind.

    Attributes:
        session: who.
        locks: on tables of the project, held or awaited; those held first.
    """

    session: Session
    locks: tuple[activity.Lock, ...]

    def describe(self) -> str:
        """The blocker in a few words, for a line that says why a run did not start."""
        session, lock = self.session, self.locks[0]
        age = session.transaction_seconds
        parts = (
            f"user {session.user}" if session.user else "",
            session.application,
            session.state,
            "" if age is None else f"transaction open for {age:,.0f} s",
        )
        more = f" and {len(self.locks) - 1} more" if len(self.locks) > 1 else ""
        who = f"pid {session.pid}" if session.pid else "no pid"
        verb = "holds" if lock.is_held else "waits for"
        told = ", ".join(part for part in parts if part)
        behind = ", ".join(map(str, session.blocked_by))
        more += f", itself behind pid {behind}" if behind else ""
        return f"{who} ({told}) {verb} {lock.mode} on {lock.on}{more}"

    def as_dict(self) -> dict[str, Any]:
        """What --json shows of it."""
        locks = [{"on": one.on, "mode": one.mode, "is_held": one.is_held} for one in self.locks]
        return {**self.session.as_dict(), "locks": locks}


# -- the tree --------------------------------------------------------------------------------


def lock_tree(sessions: Sequence[Session]) -> list[Node]:
    """Who waits for whom: those that wait for nobody and are waited for come first.

    A session that waits for several stands below each, with its own waiters below the first. One
    that is also waited for by another of these stands below that other only: a queue is a chain.

    Args:
        sessions: all there are.
    """
    known = {session.pid: session for session in sessions}
    direct = {session.pid: _nearest(session, known) for session in sessions if session.blocked_by}
    waiters: dict[int, list[int]] = {}
    for pid, blockers in direct.items():
        for blocker in blockers:
            known.setdefault(blocker, activity.stand_in(blocker))
            waiters.setdefault(blocker, []).append(pid)
    for pids in waiters.values():
        pids.sort(key=lambda pid: (-(known[pid].awaited_seconds or 0), pid))
    oldest = sorted(waiters, key=lambda pid: (-(known[pid].transaction_seconds or 0), pid))
    # those left after the first round wait for one another: a deadlock that is yet to be resolved
    starts = [pid for pid in oldest if pid not in direct] + oldest
    placed: set[int] = set()
    roots = []
    for pid in starts:
        if pid not in placed:
            roots.append(_grow(pid, known, waiters, placed))
    return roots


def _nearest(session: Session, known: Mapping[int, Session]) -> list[int]:
    """Those it waits for, without the ones that another of them waits for."""
    blockers = set(session.blocked_by)
    behind = {
        further
        for blocker in blockers
        if blocker in known
        for further in blockers.intersection(known[blocker].blocked_by)
    }
    return sorted(blockers - behind or blockers)


def _grow(
    root: int,
    known: Mapping[int, Session],
    waiters: Mapping[int, list[int]],
    placed: set[int],
) -> Node:
    """The tree below one session; not by recursion, for a queue may be hundreds deep."""
    above = Node(known[root])  # stands over the root, so that it is a waiter like the others
    left = [(root, above)]
    while left:
        pid, parent = left.pop()
        node = Node(known[pid], is_repeated=pid in placed and pid in waiters)
        parent.waiters.append(node)
        if pid not in placed:
            placed.add(pid)
            left += [(waiter, node) for waiter in reversed(waiters.get(pid, []))]
    return above.waiters[0]


# -- the project's tables --------------------------------------------------------------------


def blockers(connection: Connection, schemas: Sequence[str]) -> list[Blocker]:
    """Who holds or awaits a lock on a table of these schemas that a night would wait behind.

    A night writes rows and attaches months, so readers and writers do not count. Those that hold
    Share, ShareRowExclusive, Exclusive or AccessExclusive do, and on a partitioned table also those
    that hold ShareUpdateExclusive.

    Args:
        connection: in autocommit mode.
        schemas: of the project.
    """
    query = database.load_query("night_blockers")
    rows = database.fetch_all(connection, query, {"schemas": list(schemas)})
    if not rows:
        return []
    sessions = {session.pid: session for session in activity.fetch_sessions(connection)}
    locks: dict[tuple[int, str], list[activity.Lock]] = {}
    for row in rows:
        lock = activity.Lock(row["relation_name"], row["lock_mode"], row["granted"])
        locks.setdefault((row["pid"], row["prepared_name"] or ""), []).append(lock)
    found = [
        Blocker(sessions.get(pid) or activity.stand_in(pid, name), tuple(held))
        for (pid, name), held in locks.items()
        # one that has just gone has let go
        if pid in sessions or not pid
    ]
    return sorted(found, key=lambda one: -(one.session.transaction_seconds or 0))


def wait_until_free(
    connection: Connection,
    schemas: Sequence[str],
    seconds: float,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Blocker]:
    """Wait until a night could start; give who is still in its way, nobody if it is free.

    Args:
        connection: in autocommit mode.
        schemas: of the project.
        seconds: how long at most; 0 looks once.
        sleep: for tests.
    """
    deadline = time.monotonic() + seconds
    while left := blockers(connection, schemas):
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            break
        sleep(min(POLL_SECONDS, remaining))
    return left


def may_terminate(session: Session, allow_list: Sequence[str]) -> bool:
    """Whether a list of patterns lets a run terminate this session.

    Args:
        session: whose.
        allow_list: names of roles, or ``application:`` and a name in which ``*`` stands for
            anything; exact otherwise, case included.
    """
    return any(
        fnmatchcase(session.application, pattern.removeprefix(BY_APPLICATION))
        if pattern.startswith(BY_APPLICATION)
        else bool(pattern) and pattern == session.user
        for pattern in allow_list
    )


def terminate_matching(
    connection: Connection,
    in_the_way: Sequence[Blocker],
    allow_list: Sequence[str],
    wait_seconds: float = 5,
) -> list[Outcome]:
    """Terminate the blockers that the list allows to, and say what became of each of these.

    Only clients' sessions are terminated, whatever the list says.

    Args:
        connection: in autocommit mode.
        in_the_way: as ``blockers`` gave them.
        allow_list: see ``may_terminate``.
        wait_seconds: how long to wait until they are gone.
    """
    allowed = [one.session for one in in_the_way if may_terminate(one.session, allow_list)]
    return activity.end_sessions(connection, allowed, force=True, wait_seconds=wait_seconds)
