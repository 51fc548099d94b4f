"""Builds the notifier from the settings."""

from functools import cache

from keyfob.storage.messages.store import OutboxStore
from keyfob.usecases.messages.outbox_processor import OutboxProcessor
from keyfob.wiring.notifier import notifier_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("notifier")


@cache
def outbox_processor() -> OutboxProcessor:
    base = runtime()
    outbox = OutboxStore(base.database, base.policy)
    return OutboxProcessor(outbox, base.clock, notifier_of(base).perform, base.count)
