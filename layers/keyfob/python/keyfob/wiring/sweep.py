"""The sweep over the tables with a due index, put together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from keyfob.domain.messages.outbox import is_effect
from keyfob.storage.credentials.store import CredentialRow
from keyfob.storage.messages.store import OutboxRow
from keyfob.storage.orders.order_row import OrderRow
from keyfob.storage.proofing.store import CaseRow
from keyfob.storage.registrations.invitations import InvitationRow
from keyfob.storage.rows import DueRow
from keyfob.usecases.due.sweep import Destination, Source, Sweep
from keyfob.wiring.queues import queue_of
from keyfob.wiring.runtime import Runtime


def sweep_of(
    base: Runtime, *rows: type[DueRow], queues: Callable[[str], Destination] | None = None
) -> Sweep:
    """The sweep: queues due messages for their workers, other due rows for the lifecycle worker.

    Args:
        rows: the tables; every table with a due index, if none is named.
        queues: returns the queue of a name; by default the deployment's.
    """
    queue = queues or partial(queue_of, base)
    lifecycle, messages, effects = queue("lifecycle"), queue("messages"), queue("effects")

    def of_message(row_id: str) -> Destination:
        return effects if is_effect(row_id) else messages

    def of_others(_row_id: str) -> Destination:
        return lifecycle

    sources = [
        Source(row=row, queue_of=of_message if row is OutboxRow else of_others)
        for row in rows or (OutboxRow, OrderRow, CredentialRow, CaseRow, InvitationRow)
    ]
    return Sweep(base.database, sources, base.clock, lease=base.policy.due_lease)
