"""Builds the webstore's use cases from the settings."""

from functools import cache

from keyfob.directory.store import Directory
from keyfob.http.edge import Gate
from keyfob.orders.assembly import desk_of, stripe_of
from keyfob.orders.catalog import Catalog
from keyfob.orders.placing import Placing
from keyfob.orders.store import OrderStore
from keyfob.runtime import Runtime
from keyfob.sessions.store import SessionStore


@cache
def runtime() -> Runtime:
    return Runtime("webstore", "accounts", "sessions", "orders", "outbox", "audit")


@cache
def gate() -> Gate:
    return Gate(SessionStore(runtime().database), runtime().clock, runtime().policy)


@cache
def directory() -> Directory:
    return Directory(runtime().database)


@cache
def orders() -> OrderStore:
    return OrderStore(runtime().database)


@cache
def placing() -> Placing:
    base = runtime()
    return Placing(
        directory=directory(),
        catalog=Catalog(base.database),
        orders=orders(),
        desk=desk_of(base),
        provider=stripe_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
