"""Builds the sweep over every table with a due index from the settings."""

from functools import cache

from keyfob.credentials.store import CredentialRow
from keyfob.due.sweep import Source, Sweep
from keyfob.gateways.queue import Queue
from keyfob.messages.outbox import is_effect
from keyfob.messages.store import OutboxRow
from keyfob.orders.store import OrderRow
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("lifecycle_sweep", "orders", "credentials", "outbox")


@cache
def sweep() -> Sweep:
    base = runtime()
    lifecycle, messages, effects = (
        base.queue("lifecycle"),
        base.queue("messages"),
        base.queue("effects"),
    )

    def of_promise(row_id: str) -> Queue:
        return effects if is_effect(row_id) else messages

    def of_others(_row_id: str) -> Queue:
        return lifecycle

    sources = [
        Source(row=OutboxRow, queue_of=of_promise),
        Source(row=OrderRow, queue_of=of_others),
        Source(row=CredentialRow, queue_of=of_others),
    ]
    return Sweep(base.database, sources, base.clock, lease=base.policy.due_lease)
