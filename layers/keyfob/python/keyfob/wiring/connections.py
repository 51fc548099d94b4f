"""The connecting of accounts, put together."""

from __future__ import annotations

from keyfob.storage.connections.store import ConnectionStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.limits import Limits
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.connections.connecting import Connecting
from keyfob.usecases.connections.judging import Judging
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.holds import holding_of
from keyfob.wiring.runtime import Runtime


def connecting_of(base: Runtime) -> Connecting:
    """The use cases that connect one person's accounts, which then share a credential."""
    return Connecting(
        directory=Directory(base.database),
        connections=ConnectionStore(base.database),
        sessions=SessionStore(base.database),
        phones=PhoneStore(base.database),
        holds=HoldStore(base.database),
        holding=holding_of(base),
        limits=Limits(base.database),
        foreign=foreign_ids_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def judging_of(base: Runtime) -> Judging:
    """The judge of connections after a change of an account's names or address."""
    return Judging(
        connections=ConnectionStore(base.database),
        directory=Directory(base.database),
        sessions=SessionStore(base.database),
        clock=base.clock,
    )
