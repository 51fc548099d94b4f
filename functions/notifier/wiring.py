"""Builds the notifier from the settings."""

from functools import cache

from keyfob.storage.messages.store import OutboxStore
from keyfob.usecases.messages.courier import Courier
from keyfob.wiring.notifier import notifier_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("notifier", "accounts", "sessions", "orders", "credentials", "outbox")


@cache
def courier() -> Courier:
    base = runtime()
    outbox = OutboxStore(base.database, base.policy)
    return Courier(outbox, base.clock, notifier_of(base).perform, base.count)
