"""Builds the connecting of accounts from the settings."""

from functools import cache

from keyfob.directory.connecting import Connecting
from keyfob.directory.connections_store import ConnectionStore
from keyfob.directory.store import Directory
from keyfob.sessions.limits import Limits
from keyfob.sessions.store import SessionStore
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("connections", "accounts", "sessions", "credentials", "outbox", "audit")


@cache
def connecting() -> Connecting:
    base = runtime()
    return Connecting(
        directory=Directory(base.database),
        connections=ConnectionStore(base.database),
        sessions=SessionStore(base.database),
        limits=Limits(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
