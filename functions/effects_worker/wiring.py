"""Builds the effects worker from the settings."""

from functools import cache

from keyfob.messages.courier import Courier
from keyfob.messages.store import OutboxStore
from keyfob.wiring.orders import effects_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("effects_worker", "orders", "outbox", "audit")


@cache
def courier() -> Courier:
    base = runtime()
    outbox = OutboxStore(base.database, base.policy)
    return Courier(outbox, base.clock, effects_of(base).perform, base.count)
