"""Builds the registration of tokens from the settings."""

from functools import cache

from keyfob.credentials.registration import Registration
from keyfob.credentials.store import CredentialStore
from keyfob.inventory.store import Inventory
from keyfob.orders.store import OrderStore
from keyfob.phones.store import PhoneStore
from keyfob.wiring.credentials import credential_desk_of, seeds_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("registration", "sessions", "credentials", "orders", "outbox", "audit")


@cache
def registration() -> Registration:
    base = runtime()
    return Registration(
        credentials=CredentialStore(base.database),
        orders=OrderStore(base.database),
        desk=credential_desk_of(base),
        inventory=Inventory(base.database),
        seeds=seeds_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


@cache
def phones() -> PhoneStore:
    return PhoneStore(runtime().database)
