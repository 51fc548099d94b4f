"""Judges an account's connections anew when its names or its address have changed (A8)."""

from __future__ import annotations

from collections.abc import Iterator

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.connections import connection as decisions
from keyfob.domain.connections.connection import Connection, Side, State, is_same_person
from keyfob.domain.connections.notifications import notifications
from keyfob.domain.directory.account import Account
from keyfob.storage.connections import store as rows
from keyfob.storage.connections.store import ConnectionStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import NOTHING, TransactionPart, joined


class Judging:
    """Ends the connections of accounts that aren't the same person's any more."""

    def __init__(
        self,
        *,
        connections: ConnectionStore,
        directory: Directory,
        sessions: SessionStore,
        clock: Clock,
    ) -> None:
        self._connections = connections
        self._directory = directory
        self._sessions = sessions
        self._clock = clock

    def after(self, changed: Account, by: Actor) -> TransactionPart:
        """The part of a transaction that ends what doesn't fit `changed` any more.

        The child's sessions end with its connection. No hold begins: the end was no password's act.
        """
        part = NOTHING
        for connection, other in self._connected(changed.id):
            account = self._directory.account(other)
            if account is None or not is_same_person(changed, account):
                part = joined(part, self._ended(connection, by))
        return part

    def _connected(self, account: str) -> Iterator[tuple[Connection, str]]:
        own = self._connections.of_child(account)
        if own and own.state is State.CONNECTED:
            yield own, own.parent
        for one in self._connections.of_parent(account):
            if one.state is State.CONNECTED:
                yield one, one.child

    def _ended(self, seen: Connection, by: Actor) -> TransactionPart:
        now, to = self._clock(), decisions.end(seen, Side.PARENT)
        sessions = self._sessions.get(seen.child)
        if to.change is None or sessions is None:
            return NOTHING
        entry = Entry(
            action=to.change,
            actor=by,
            at=now,
            subject=seen.subject,
            facts={"connection": seen.id, "parent": seen.parent},
        )
        return TransactionPart(
            writes=[rows.change(seen, to.connection), session_rows.disconnect(sessions)],
            audit=[entry],
            messages=notifications(seen, to.change, now, correlation=by.correlation),
        )
