"""The connecting of accounts, put together."""

from __future__ import annotations

from keyfob.directory.connecting import Connecting
from keyfob.directory.connections_store import ConnectionStore
from keyfob.directory.store import Directory
from keyfob.sessions.limits import Limits
from keyfob.sessions.store import SessionStore
from keyfob.wiring.runtime import Runtime


def connecting_of(base: Runtime) -> Connecting:
    """One person's accounts share a credential."""
    return Connecting(
        directory=Directory(base.database),
        connections=ConnectionStore(base.database),
        sessions=SessionStore(base.database),
        limits=Limits(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
