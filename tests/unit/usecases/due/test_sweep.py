"""Queue first, then lease; no death in between loses anything."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain import due_index as index
from keyfob.domain.audit.entry import Entry
from keyfob.domain.errors import StorageUnavailable, Unavailable
from keyfob.domain.messages.outbox import is_effect
from keyfob.domain.policy import Policy
from keyfob.storage.credentials.store import CredentialRow
from keyfob.storage.database import Database
from keyfob.storage.messages.store import OutboxRow
from keyfob.storage.orders.order_row import OrderRow, place
from keyfob.storage.rows import Row
from keyfob.storage.transaction import Transactions
from keyfob.usecases.due.sweep import Source, Sweep
from tests.support.builders import ACTOR, an_order
from tests.support.fakes import START, FakeClock, FakeQueue, Meddler
from tests.support.order_world import OrderWorld

PLENTY = timedelta(minutes=4)


@pytest.fixture
def queue() -> FakeQueue:
    return FakeQueue()


@pytest.fixture
def sweep(database: Database, clock: FakeClock, queue: FakeQueue, policy: Policy) -> Sweep:
    orders = Source(row=OrderRow, queue_of=lambda _: queue)
    return Sweep(database, [orders], clock, lease=policy.due_lease)


def run(sweep: Sweep, left: timedelta = PLENTY) -> Any:
    return sweep.run(lambda: left)


def fill(transactions: Transactions, count: int) -> list[str]:
    """This many unpaid orders, due in five minutes."""
    orders = [an_order(number=f"SO-{number}") for number in range(count)]
    for order in orders:
        entry = Entry(action="order.placed", actor=ACTOR, at=START, subject=order.subject)
        transactions.commit(place(order, START), audit=[entry])
    return sorted(order.subject for order in orders)


def test_a_row_that_is_not_due_yet_is_left_alone(
    sweep: Sweep, transactions: Transactions, clock: FakeClock, queue: FakeQueue
) -> None:
    fill(transactions, 3)
    clock.advance(minutes=4, seconds=59)
    assert run(sweep).queued == 0
    assert queue.bodies == []


def test_everything_due_is_queued_once_and_leased_for_an_hour_S44(
    sweep: Sweep, transactions: Transactions, clock: FakeClock, queue: FakeQueue
) -> None:
    wanted = fill(transactions, 25)
    clock.advance(minutes=7)
    swept = run(sweep)
    assert sorted(queue.due) == wanted
    assert (swept.queued, swept.lag, swept.finished) == (25, timedelta(minutes=2), True)
    assert run(sweep).queued == 0
    clock.advance(minutes=59)
    assert run(sweep).queued == 0
    clock.advance(minutes=1)
    assert run(sweep).queued == 25


def test_a_sweep_that_dies_between_queueing_and_leasing_loses_nothing_S46(
    sweep: Sweep, transactions: Transactions, clock: FakeClock, queue: FakeQueue, client: Meddler
) -> None:
    [subject] = fill(transactions, 1)
    clock.advance(minutes=5)

    def dies(_operation: Any, _request: Any) -> Any:
        assert queue.due == [subject]
        raise StorageUnavailable

    client.next("update_item", dies)
    with pytest.raises(StorageUnavailable):
        run(sweep)
    assert run(sweep).queued == 1
    assert queue.due == [subject, subject]


def test_a_row_that_no_queue_took_is_not_leased_S46(
    sweep: Sweep, transactions: Transactions, clock: FakeClock, queue: FakeQueue
) -> None:
    fill(transactions, 2)
    clock.advance(minutes=5)
    queue.full = True
    with pytest.raises(Unavailable):
        run(sweep)
    queue.full = False
    assert run(sweep).queued == 2


def test_rows_beyond_the_time_budget_wait_for_the_next_run_S44(
    sweep: Sweep, transactions: Transactions, clock: FakeClock, queue: FakeQueue
) -> None:
    wanted = fill(transactions, 25)
    clock.advance(minutes=5)
    budget = iter([PLENTY, timedelta(seconds=9)])
    swept = sweep.run(lambda: next(budget))
    assert (swept.queued, swept.finished) == (10, False)
    assert run(sweep).queued == 15
    assert sorted(queue.due) == wanted


class Endless:
    """Tables with endless due rows in every shard; each queued key names its shard."""

    def query(self, row: type[Row], *, key: tuple[str, str], **_other: Any) -> Iterator[Any]:
        for number in itertools.count():
            place = f"{row.Meta.table_name} {key[1]}"
            at = f"{index.instant(START)}#{number:09d}"
            yield {"pk": {"S": place}, "sk": {"S": "-"}, "g1sk": {"S": at}}

    def write(self, _update: Any) -> None:
        """Leases the row."""


def swept_places(clock: FakeClock, queue: FakeQueue, batches: int) -> set[str]:
    """The tables and shards from which a run with time for this many batches queues rows."""
    rows = (OutboxRow, OrderRow, CredentialRow)
    sources = [Source(row=row, queue_of=lambda _: queue) for row in rows]
    sweep = Sweep(Endless(), sources, clock, lease=timedelta(hours=1))  # type: ignore[arg-type]
    left = iter([PLENTY] * batches + [timedelta()])
    queue.bodies.clear()
    assert not sweep.run(lambda: next(left)).finished
    return set(queue.due)


EVERYWHERE = {
    f"{table} {shard}" for table in ("outbox", "orders", "credentials") for shard in index.shards()
}


def test_a_backlog_in_some_shards_does_not_keep_the_others_waiting_S44(
    clock: FakeClock, queue: FakeQueue
) -> None:
    """One run reaches all: it has time for two times ten rows of each table, one of each shard."""
    assert swept_places(clock, queue, batches=6) == EVERYWHERE


def test_no_shard_is_always_the_last_one_S44(clock: FakeClock, queue: FakeQueue) -> None:
    """Every shard has its turn even if no run has time for more than one batch."""
    seen: set[str] = set()
    for _ in EVERYWHERE:
        seen |= swept_places(clock, queue, batches=1)
        clock.advance(minutes=5)
    assert seen == EVERYWHERE


def test_a_row_planned_anew_meanwhile_keeps_its_plan(
    sweep: Sweep,
    transactions: Transactions,
    clock: FakeClock,
    client: Meddler,
    database: Database,
) -> None:
    [subject] = fill(transactions, 1)
    clock.advance(minutes=5)

    def planned_anew(operation: Any, request: Any) -> Any:
        row = OrderRow(subject, "-")
        update = row.get_update_kwargs_from_instance(actions=[OrderRow.g1sk.set("2027#x")])
        database._client.update_item(**database._named(update))
        return operation(**request)

    client.next("update_item", planned_anew)
    assert run(sweep).queued == 1
    row = database.get(OrderRow, subject, "-")
    assert row
    assert row.g1sk == "2027#x"


def test_a_row_that_is_settled_meanwhile_does_not_come_back_to_the_index(
    sweep: Sweep, order_world: OrderWorld, client: Meddler
) -> None:
    order = order_world.order(order_world.person())
    order_world.clock.advance(minutes=5)

    def settled(operation: Any, request: Any) -> Any:
        order_world.pay(order)
        return operation(**request)

    client.next("update_item", settled)
    run(sweep)
    row = order_world.database.get(OrderRow, order.subject, "-")
    assert row
    assert not row.g1pk
    assert not row.g1sk


def test_unsent_messages_go_to_the_queue_of_their_worker_B5(
    order_world: OrderWorld, clock: FakeClock, policy: Policy
) -> None:
    order = order_world.order(order_world.person())
    order_world.placing.cancel(_actor(order.account), order.number)
    messages, effects = FakeQueue(), FakeQueue()
    source = Source(row=OutboxRow, queue_of=lambda one: effects if is_effect(one) else messages)
    sweep = Sweep(order_world.database, [source], clock, lease=policy.due_lease)
    clock.advance(seconds=119)
    assert run(sweep).queued == 0
    clock.advance(seconds=1)
    assert run(sweep).queued == 2
    assert messages.due[0].startswith("msg_")
    assert effects.due[0].startswith("eff_")


def _actor(account: str) -> Any:
    from dataclasses import replace

    return replace(ACTOR, id=account)
