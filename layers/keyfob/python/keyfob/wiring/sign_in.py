"""Signing in with passwords, put together."""

from __future__ import annotations

from keyfob.storage.directory.store import Directory
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.sessions.own_sessions import OwnSessions
from keyfob.usecases.sessions.sign_in import SignIn
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sessions import guessing_of, passwords_of


def sign_in_of(base: Runtime) -> SignIn:
    """The use cases that begin a session and change a temporary password."""
    return SignIn(
        directory=Directory(base.database),
        sessions=SessionStore(base.database),
        phones=PhoneStore(base.database),
        identity=base.outside(passwords_of),
        guessing=guessing_of(base),
        service=base.settings.value("SENDER_NAME"),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def own_sessions_of(base: Runtime) -> OwnSessions:
    """The use cases by which people see and end their sessions."""
    return OwnSessions(
        sessions=SessionStore(base.database),
        foreign=foreign_ids_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
