"""Holds, releases and frozen accounts, put together."""

from __future__ import annotations

from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.limits import Limits
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.holds.first_binding import FirstBinding
from keyfob.usecases.holds.freezing import Freezing, Reopening
from keyfob.usecases.holds.holding import Holding
from keyfob.wiring.keys import mac_of, seal_of
from keyfob.wiring.runtime import Runtime


def holding_of(base: Runtime) -> Holding:
    """The part of a transaction that begins a hold."""
    return Holding(
        holds=HoldStore(base.database),
        directory=Directory(base.database),
        seal=base.outside(seal_of),
        policy=base.policy,
    )


def first_binding_of(base: Runtime) -> FirstBinding:
    """The rules for an account's next first authenticator."""
    return FirstBinding(
        holds=HoldStore(base.database),
        limits=Limits(base.database),
        mac=base.outside(mac_of),
        clock=base.clock,
        policy=base.policy,
    )


def freezing_of(base: Runtime) -> Freezing:
    """The use cases that freeze accounts."""
    return Freezing(
        holds=HoldStore(base.database),
        directory=Directory(base.database),
        sessions=SessionStore(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def reopening_of(base: Runtime) -> Reopening:
    """The use cases that thaw accounts and release their next binding."""
    return Reopening(
        holds=HoldStore(base.database),
        holding=holding_of(base),
        directory=Directory(base.database),
        sessions=SessionStore(base.database),
        credentials=CredentialStore(base.database),
        phones=PhoneStore(base.database),
        mac=base.outside(mac_of),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
