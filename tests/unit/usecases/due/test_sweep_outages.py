"""A failed queue, a held row or a leftover holds up nothing else (S43, S44)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.errors import Unavailable
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.policy import Policy
from keyfob.storage.database import Database
from keyfob.storage.messages.store import OutboxRow
from keyfob.storage.messages.store import put as message
from keyfob.storage.orders.order_row import OrderRow, place
from keyfob.storage.transaction import Transactions
from keyfob.usecases.due.sweep import Source, Sweep
from tests.support.builders import ACTOR, an_order
from tests.support.fakes import START, FakeClock, FakeQueue, Meddler
from tests.support.faults import contended_row

PLENTY = timedelta(minutes=4)
MESSAGE = Message(kind=Kind.ORDER_CANCELED, subject="ORDER#1", version=1, recipient="acc_ada")


class Out:
    """A queue that takes nothing."""

    def send(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        raise Unavailable


@pytest.fixture
def orders(transactions: Transactions, clock: FakeClock) -> list[str]:
    """25 orders that are due."""
    made = [an_order(number=f"SO-{number}") for number in range(25)]
    for order in made:
        entry = Entry(action="order.placed", actor=ACTOR, at=START, subject=order.subject)
        transactions.commit(place(order, START), audit=[entry])
    clock.advance(minutes=7)
    return sorted(order.subject for order in made)


@pytest.fixture
def due(orders: list[str], database: Database) -> list[str]:
    """The due orders, beside a due message."""
    database.write(message(MESSAGE, START, patience=timedelta(minutes=2)))
    return orders


@pytest.mark.parametrize("first", ["outbox", "orders"])
def test_a_queue_that_fails_does_not_hold_up_other_queues_S43(
    *,
    due: list[str],
    database: Database,
    clock: FakeClock,
    policy: Policy,
    first: str,
) -> None:
    queue = FakeQueue()
    by_name = {
        "outbox": Source(row=OutboxRow, queue_of=lambda _: Out()),
        "orders": Source(row=OrderRow, queue_of=lambda _: queue),
    }
    sources = sorted(by_name.values(), key=lambda one: one is not by_name[first])
    sweep = Sweep(database, sources, clock, lease=policy.due_lease)
    with pytest.raises(Unavailable):
        sweep.run(lambda: PLENTY)
    assert sorted(queue.due) == due
    waits = database.get(OutboxRow, MESSAGE.id, "-")
    assert waits
    assert waits.g1sk < "2026-11-22T07:05", "what no queue took is not leased"


def test_a_held_row_is_left_to_the_next_run_and_the_others_are_leased_S44(
    orders: list[str], database: Database, clock: FakeClock, policy: Policy, client: Meddler
) -> None:
    queue = FakeQueue()
    source = Source(row=OrderRow, queue_of=lambda _: queue)
    sweep = Sweep(database, [source], clock, lease=policy.due_lease)
    client.next("update_item", *[contended_row] * 5)
    assert sweep.run(lambda: PLENTY).queued == 25
    assert sweep.run(lambda: PLENTY).queued == 1
    assert sorted(set(queue.due)) == orders
