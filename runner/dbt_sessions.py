"""dbt keeps a thread's session from one node to the next, as long as an invocation lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg2


def keep_sessions() -> None:
    """Let a node find the session of the one before it, with the server's caches warm.

    dbt closes a thread's session after each node. A new one costs a connection, with TLS and a
    password where the server is far away, and reads the catalog of every month anew. What a node
    has set is reset before the next one begins; a session that died meanwhile is replaced.
    """
    from dbt.adapters.contracts.connection import ConnectionState
    from dbt.adapters.postgres.connections import PostgresConnectionManager as Manager

    if getattr(Manager, "keeps_sessions", False):
        return
    name_session = Manager.set_connection_name

    def release(self: Any) -> None:
        with self.lock:
            session = self.get_if_exists()
        if session is not None and session.state == ConnectionState.OPEN:
            if session.transaction_open:
                self._rollback(session)
            if session.handle.closed:
                self.close(session)

    def set_connection_name(self: Any, name: str | None = None) -> Any:
        with self.lock:
            session = self.get_if_exists()
        is_kept = session is not None and session.state == ConnectionState.OPEN
        if is_kept and session.name != (name or "master"):
            try:
                _as_new(session)
            except psycopg2.Error:
                with suppress(psycopg2.Error):
                    session.handle.close()
                session.state = ConnectionState.CLOSED
        return name_session(self, name)

    Manager.release = release
    Manager.set_connection_name = set_connection_name
    Manager.keeps_sessions = True


@contextmanager
def closed_sessions() -> Iterator[None]:
    """Whatever an invocation leaves open is closed with it."""
    from dbt.adapters.factory import FACTORY

    try:
        yield
    finally:
        for adapter in list(FACTORY.adapters.values()):
            adapter.cleanup_connections()


def _as_new(session: Any) -> None:
    """What a node has set does not hold for the next.

    Raises:
        psycopg2.Error: the session is dead.
    """
    session.handle.reset()
    if session.credentials.autocommit:
        session.handle.autocommit = True
    if session.credentials.role:
        with session.handle.cursor() as cursor:
            cursor.execute(f"set role {session.credentials.role}")
        session.handle.commit()
