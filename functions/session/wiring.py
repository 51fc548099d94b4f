"""Builds the sign-in use cases from the settings."""

from functools import cache

from keyfob.directory.store import Directory
from keyfob.phones.store import PhoneStore
from keyfob.sessions.limits import Limits
from keyfob.sessions.own import OwnSessions
from keyfob.sessions.sign_in import SignIn
from keyfob.sessions.store import SessionStore
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sessions import passwords_of


@cache
def runtime() -> Runtime:
    return Runtime("session", "accounts", "sessions", "credentials", "outbox", "audit")


@cache
def sign_in() -> SignIn:
    base = runtime()
    return SignIn(
        directory=Directory(base.database),
        sessions=SessionStore(base.database),
        phones=PhoneStore(base.database),
        identity=passwords_of(base),
        limits=Limits(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


@cache
def own_sessions() -> OwnSessions:
    base = runtime()
    return OwnSessions(
        sessions=SessionStore(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
