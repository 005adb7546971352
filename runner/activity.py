"""Sessions of the server: which run, which match a word, what one does, and how they are ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg2
import psycopg2.errors
import psycopg2.extensions

from runner import database
from runner.errors import RunnerError
from runner.masking import masked

Connection = psycopg2.extensions.connection
Sleep = Callable[[float], None]

CLIENT = "client backend"
# a command that looks at who is stuck must not get stuck itself
GUARDS = {"statement_timeout": "10s", "lock_timeout": "2s"}
POLL_SECONDS = 0.1
# what tells a session and its query from later ones; nobody else needs it
INTERNAL = frozenset({"is_here", "is_cut", "is_hidden", "session_start", "query_start"})


@dataclass(frozen=True)
class Session:
    """A session as it was at one moment.

    Attributes:
        pid: its process; 0 for a prepared transaction, which has none.
        client: the address it comes from; empty for a Unix socket.
        kind: as Postgres names it: client backend, walsender, autovacuum worker, ...
        waiting_for: type and event of the wait, while it runs a query.
        seconds: how long its query runs, or how long it has been idle.
        transaction_seconds: age of its transaction, if it is in one.
        blocked_by: the sessions it waits for.
        awaited_lock: mode of the lock it waits for.
        awaited_on: what that lock is on.
        awaited_seconds: how long it has waited.
        is_cut: the server kept only the beginning of the query.
        is_hidden: it belongs to a role whose activity we may not see.
    """

    pid: int
    user: str = ""
    application: str = ""
    database: str = ""
    client: str = ""
    kind: str = CLIENT
    state: str = ""
    waiting_for: str = ""
    seconds: float | None = None
    transaction_seconds: float | None = None
    blocked_by: tuple[int, ...] = ()
    awaited_lock: str = ""
    awaited_on: str = ""
    awaited_seconds: float | None = None
    query: str = ""
    is_cut: bool = False
    is_hidden: bool = False
    is_here: bool = True
    session_start: datetime | None = None
    query_start: datetime | None = None

    @property
    def is_idle(self) -> bool:
        """It runs nothing, inside a transaction or outside."""
        return self.state.startswith("idle")

    @property
    def is_in_idle_transaction(self) -> bool:
        """It runs nothing and keeps its transaction, with its locks, open."""
        return self.state.startswith("idle in transaction")

    def as_dict(self) -> dict[str, Any]:
        """What --json shows of it."""
        shown = {name: value for name, value in asdict(self).items() if name not in INTERNAL}
        return {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in shown.items()
        }


@dataclass(frozen=True)
class Lock:
    """A lock that a session holds or waits for."""

    on: str
    mode: str
    is_held: bool


@dataclass(frozen=True)
class Detail:
    """One session, looked at closely."""

    session: Session
    locks: tuple[Lock, ...]
    blockers: tuple[Session, ...]
    blocked: tuple[Session, ...]


@dataclass(frozen=True)
class Choice:
    """What the words of a command picked, and the words that picked nothing."""

    sessions: tuple[Session, ...]
    unmatched: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a session that was to end; ``is_gone`` if nothing more is to be done."""

    session: Session
    verdict: str
    is_gone: bool


# -- reading ---------------------------------------------------------------------------------


@contextmanager
def guarded_session(command: str) -> Iterator[Connection]:
    """A connection for a command, named after it, on which no statement can hang.

    Raises:
        RunnerError: what Postgres refused, in one line.
    """
    with database.session() as connection:
        try:
            with connection.cursor() as cursor:
                settings = {"application_name": f"segment_attribution {command}", **GUARDS}
                for name, value in settings.items():
                    cursor.execute("select set_config(%s, %s, false)", (name, value))
            yield connection
        except (psycopg2.Error, UnicodeError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise RunnerError(f"{command}: Postgres says: {reason}") from None


def fetch_sessions(connection: Connection) -> list[Session]:
    """Every session with a role or a database, except the connection's own."""
    rows = database.fetch_all(connection, database.load_query("sessions"))
    return [_session(row) for row in rows]


def detail(connection: Connection, pid: int) -> Detail:
    """One session with its locks, those who block it and those it blocks.

    Raises:
        RunnerError: there is no such session.
    """
    sessions = {session.pid: session for session in fetch_sessions(connection)}
    if pid not in sessions:
        raise RunnerError(
            f"no session has the pid {pid}; `python -m runner ps --all` lists those there are"
        )
    rows = database.fetch_all(connection, database.load_query("session_locks"), {"pid": pid})
    return Detail(
        session=sessions[pid],
        locks=tuple(Lock(lock_target(row), row["lock_mode"], row["granted"]) for row in rows),
        blockers=tuple(
            sessions.get(other) or stand_in(other) for other in sessions[pid].blocked_by
        ),
        blocked=tuple(one for one in sessions.values() if pid in one.blocked_by),
    )


def stand_in(pid: int, name: str = "") -> Session:
    """For one that blocks and is no session of the list: a prepared transaction, or one just gone.

    Args:
        pid: 0 for a prepared transaction.
        name: of the prepared transaction, if it is known.
    """
    if pid:
        return Session(pid, state="unknown")
    return Session(
        0, application=f"prepared transaction {name!r}" if name else "prepared transaction",
        kind="prepared transaction", state="prepared",
    )  # fmt: skip


def lock_target(row: Mapping[str, Any]) -> str:
    """What a lock is on, in words."""
    kind, name = row["lock_type"], row["relation_name"]
    if row["relation_id"] and not name:
        name = f"relation {row['relation_id']} of another database"
    if kind == "advisory":
        # a key of 64 bits stands there in two halves
        keys = (row["class_id"], row["object_id"])
        whole = keys if row["object_part"] == 2 else keys[0] << 32 | keys[1]
        return f"advisory lock {whole}"
    if kind == "relation":
        return name
    if kind in ("tuple", "transactionid") and name:
        return f"a row of {name}"
    if kind == "transactionid":
        return f"transaction {row['transaction_id']}"
    return f"{kind} of {name}" if name else kind


def _session(row: Mapping[str, Any]) -> Session:
    state = row["state"] or ""
    is_running = bool(state) and not state.startswith("idle")
    waits = is_running and row["wait_event_type"]
    return Session(
        pid=row["pid"],
        user=row["user_name"] or "",
        application=masked(row["application_name"] or ""),
        database=row["database_name"] or "",
        client=row["client"],
        kind=row["backend_type"] or "",
        state=state,
        waiting_for=f"{row['wait_event_type']}/{row['wait_event']}" if waits else "",
        seconds=_age(row["query_seconds"] if is_running else row["state_seconds"]),
        transaction_seconds=_age(row["transaction_seconds"]),
        blocked_by=tuple(dict.fromkeys(row["blocked_by"])),
        awaited_lock=row["lock_mode"] or "",
        awaited_on=lock_target(row) if row["lock_type"] else "",
        awaited_seconds=_age(row["lock_seconds"]),
        query=masked(row["query"] or ""),
        is_cut=bool(row["is_cut"]),
        is_hidden=row["backend_type"] is None,
        is_here=bool(row["is_here"]),
        session_start=row["backend_start"],
        query_start=row["query_start"],
    )


def _age(seconds: float | None) -> float | None:
    """Never negative: a query may begin while the sessions are read."""
    return None if seconds is None else max(seconds, 0.0)


# -- choosing --------------------------------------------------------------------------------


def longest_first(
    sessions: Sequence[Session],
    everything: bool = False,
    min_seconds: float = 0,
    user: str | None = None,
) -> list[Session]:
    """The sessions that ``ps`` lists.

    Args:
        sessions: all there are.
        everything: idle ones, workers and those of other databases too.
        min_seconds: leave out what is younger, and what does not show its age.
        user: of this role only.
    """
    kept = [
        session
        for session in sessions
        if (everything or (session.is_here and _is_client(session) and not session.is_idle))
        and (session.seconds or 0) >= min_seconds
        and user in (None, session.user)
    ]
    return sorted(kept, key=lambda session: (-(session.seconds or 0), session.pid))


def _is_client(session: Session) -> bool:
    """Someone's connection; the kind of a hidden session is not seen, and most are that."""
    return session.kind == CLIENT or session.is_hidden


def matches(session: Session, keyword: str, force: bool = False) -> bool:
    """Whether a word picks a session: by its query, application or user, case aside.

    Only clients of this database. The query of an idle session outside a transaction is over and
    picks nothing; and where sessions stay (no ``force``), such a one has nothing to cancel.
    """
    if not session.is_here or not _is_client(session):
        return False
    is_at_rest = session.is_idle and not session.is_in_idle_transaction
    if is_at_rest and not force:
        return False
    query = "" if is_at_rest or session.is_hidden else session.query
    texts = (query, session.application, session.user)
    return any(keyword.casefold() in text.casefold() for text in texts)


def choose(sessions: Sequence[Session], words: Sequence[str], force: bool = False) -> Choice:
    """The sessions that pids and keywords pick, each once, in the order of the list.

    Args:
        sessions: all there are.
        words: digits are a pid, of any database; all else is a keyword.
        force: whether sessions are to end, not only their queries.
    """
    picked: set[int] = set()
    unmatched = []
    for word in words:
        found = {
            session.pid
            for session in sessions
            if (session.pid == int(word) if is_pid(word) else matches(session, word, force))
        }
        picked |= found
        if not found:
            unmatched.append(word)
    return Choice(tuple(session for session in sessions if session.pid in picked), tuple(unmatched))


def is_pid(word: str) -> bool:
    """Whether a word names a session by its number."""
    return word.isascii() and word.isdigit()


def protected_roles(named: Sequence[str], environment: str | None) -> frozenset[str]:
    """The roles of --protect and those of RUNNER_PROTECT, which are separated by commas."""
    listed = [name.strip() for name in (environment or "").split(",")]
    return frozenset(name for name in (*named, *listed) if name)


def refusal(
    session: Session, force: bool = False, protected: Collection[str] = ()
) -> Outcome | None:
    """The verdict on a session that is not to be signalled at all; None if it may be."""
    if session.user in protected:
        return Outcome(session, "protected", False)
    if session.is_hidden:
        needs = "not permitted: needs pg_signal_backend and pg_read_all_stats"
        return Outcome(session, needs, False)
    if session.kind != CLIENT:
        return Outcome(session, f"refused: not a client ({session.kind})", False)
    if force or not session.is_idle:
        return None
    if session.is_in_idle_transaction:
        verdict = "still there: idle in transaction, only --force ends it"
        return Outcome(session, verdict, False)
    return Outcome(session, "idle: no query runs", True)


# -- ending ----------------------------------------------------------------------------------


def end_sessions(
    connection: Connection,
    sessions: Sequence[Session],
    force: bool = False,
    protected: Collection[str] = (),
    wait_seconds: float = 5,
    sleep: Sleep = time.sleep,
) -> list[Outcome]:
    """Cancel queries or terminate sessions, and see what became of each.

    Only what was looked at is signalled: not another session with the same number, nor the next
    query of the same session.

    Args:
        connection: in autocommit mode.
        sessions: as ``fetch_sessions`` gave them.
        force: terminate the sessions.
        protected: roles whose sessions stay.
        wait_seconds: how long to wait for those that were signalled.
        sleep: for tests.
    """
    settled: dict[int, Outcome] = {}
    waiting: list[Session] = []
    for session in sessions:
        outcome = refusal(session, force, protected) or _signal(connection, session, force)
        if outcome is None:
            waiting.append(session)
        else:
            settled[session.pid] = outcome
    deadline = time.monotonic() + wait_seconds
    while waiting:
        now = {session.pid: session for session in fetch_sessions(connection)}
        for session in waiting:
            if _has_ended(session, now.get(session.pid), force):
                verdict = "terminated" if force else "cancelled"
                settled[session.pid] = Outcome(session, verdict, True)
        waiting = [session for session in waiting if session.pid not in settled]
        left = deadline - time.monotonic()
        if left <= 0:
            break
        if waiting:
            sleep(min(POLL_SECONDS, left))
    hint = "it was told to end" if force else "it was told to cancel; --force ends the session"
    for session in waiting:
        settled[session.pid] = Outcome(session, f"still there: {hint}", False)
    return [settled[session.pid] for session in sessions]


def _signal(connection: Connection, session: Session, force: bool) -> Outcome | None:
    """Send the signal; an outcome where that settles it."""
    query = database.load_query("terminate_session" if force else "cancel_session")
    parameters = {
        "pid": session.pid,
        "backend_start": session.session_start,
        "query_start": session.query_start,
    }
    try:
        rows = database.fetch_all(connection, query, parameters)
    except psycopg2.errors.InsufficientPrivilege:
        verdict = "not permitted: needs pg_signal_backend, for a superuser's session a superuser"
        return Outcome(session, verdict, False)
    if rows and rows[0]["was_sent"]:
        return None
    return Outcome(session, "gone: it had ended by itself", True)


def _has_ended(before: Session, now: Session | None, force: bool) -> bool:
    """Whether the session, or without force its query, is over."""
    if now is None or now.session_start != before.session_start:
        return True
    return not force and (now.is_idle or now.query_start != before.query_start)
