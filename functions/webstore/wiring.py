"""Builds the webstore's use cases from the settings."""

from functools import cache

from keyfob.directory.store import Directory
from keyfob.orders.catalog import Catalog
from keyfob.orders.checkouts import Checkouts
from keyfob.orders.placing import Placing
from keyfob.orders.store import OrderStore
from keyfob.wiring.lifecycle import purchases_of
from keyfob.wiring.orders import desk_of, stripe_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("webstore", "accounts", "sessions", "credentials", "orders", "outbox", "audit")


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
        purchases=purchases_of(base),
        checkouts=Checkouts(desk_of(base), stripe_of(base)),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
