"""Shipments that were lost or came back: the token, the stock and the unit (B5)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.errors import NotFound
from keyfob.domain.inventory.errors import TokenNotAvailable
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.inventory.token import TokenState
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.shipment import Ended
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.inventory.store import Inventory, Stored, assign_token
from keyfob.storage.orders.stock import Stocks
from keyfob.storage.transaction import Transactions
from keyfob.usecases.orders.shipping import Shipping
from keyfob.usecases.orders.undelivered import Undelivered
from keyfob.wiring.operations import shipping_of, undelivered_of
from tests.support.carts import items
from tests.support.fakes import Meddler
from tests.support.order_world import OPERATOR, OrderWorld
from tests.support.tokens import stock


@pytest.fixture
def shipping(order_world: OrderWorld, transactions: Transactions) -> Shipping:
    stock(transactions, "FT-0001", "FT-0002", "FT-0003")
    return shipping_of(order_world.base)


@pytest.fixture
def undelivered(order_world: OrderWorld) -> Undelivered:
    return undelivered_of(order_world.base)


@pytest.fixture
def order(order_world: OrderWorld, shipping: Shipping) -> Order:
    """Its first token of two is on its way."""
    paid = order_world.paid(order_world.person(), items=items(hardware_token=2))
    return shipping.mark(paid.number, serial="FT-0001", tracking="T-1", unit=0, by=OPERATOR)


def token(order_world: OrderWorld) -> Stored:
    found = Inventory(order_world.database).token("FT-0001")
    assert found
    return found


def free(order_world: OrderWorld) -> int:
    return Stocks(order_world.database).get(DEFAULT_MODEL).free


def trail(order_world: OrderWorld, subject: str) -> list[str]:
    found = order_world.database.query(AuditRow, key=("pk", subject))
    return [AuditRow.from_raw_data(item).action for item in found]


def supplies(order: Order) -> list[str]:
    return [one.state for one in order.supplies]


def test_a_lost_token_is_withdrawn_and_another_one_reserved_once_B5(
    order_world: OrderWorld, undelivered: Undelivered, shipping: Shipping, order: Order
) -> None:
    before = free(order_world)
    for _ in range(2):
        done = undelivered.lost(order.number, " ft-0001 ", by=OPERATOR)
    assert order_world.kinds().count("shipment_ended") == 1
    assert supplies(done) == ["reserved", "reserved"]
    assert [one.ended for one in done.shipments] == [Ended.LOST]
    assert not done.is_shipped(0)
    assert done.shipment_of("FT-0001") is None, "nobody can register it"
    lost = token(order_world)
    assert (lost.state, lost.order, lost.unit) == (TokenState.WITHDRAWN, None, None)
    assert free(order_world) == before - 1, "one more is reserved"
    assert trail(order_world, order.subject)[-2:] == ["order.shipment_lost", "order.reserved"]
    assert trail(order_world, "TOKEN#FT-0001") == ["token.shipped", "token.lost"]
    again = shipping.mark(order.number, serial="FT-0002", tracking="T-2", unit=None, by=OPERATOR)
    assert again.shipments[-1].unit == 0


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("usable", [False, True])
def test_a_returned_token_is_free_again_or_withdrawn_and_another_one_sent_or_not_B5(
    order_world: OrderWorld, undelivered: Undelivered, order: Order, usable: bool, again: bool
) -> None:
    before = free(order_world)
    for _ in range(2):
        done = undelivered.returned(
            order.number, "FT-0001", usable=usable, again=again, by=OPERATOR
        )
    assert free(order_world) == before + usable - again
    back = token(order_world)
    assert (back.state, back.order) == (None if usable else TokenState.WITHDRAWN, None)
    assert supplies(done) == (["reserved"] * 2 if again else ["shipped", "reserved"])
    last = "token.returned" if usable else "token.withdrawn"
    assert trail(order_world, "TOKEN#FT-0001") == ["token.shipped", last]


def test_a_returned_token_is_sent_again_even_for_the_same_unit_B5(
    undelivered: Undelivered, shipping: Shipping, order: Order
) -> None:
    undelivered.returned(order.number, "FT-0001", usable=True, again=True, by=OPERATOR)
    sent = shipping.mark(order.number, serial="FT-0001", tracking="T-1", unit=0, by=OPERATOR)
    assert [one.ended for one in sent.shipments] == [Ended.RETURNED, None]
    assert sent.shipment_of("FT-0001") == sent.shipments[-1]


def test_a_unit_that_got_another_token_already_is_owed_none_B5(
    undelivered: Undelivered, shipping: Shipping, order: Order
) -> None:
    shipping.mark(order.number, serial="FT-0002", tracking="T-2", unit=0, by=OPERATOR)
    done = undelivered.lost(order.number, "FT-0001", by=OPERATOR)
    assert supplies(done) == ["shipped", "reserved"]
    assert done.is_shipped(0)


def test_a_corrected_shipment_ends_as_a_whole_B5(
    undelivered: Undelivered, shipping: Shipping, order: Order
) -> None:
    shipping.mark(order.number, serial="FT-0001", tracking="T-9", unit=0, by=OPERATOR)
    done = undelivered.lost(order.number, "FT-0001", by=OPERATOR)
    assert [one.ended for one in done.shipments] == [Ended.LOST, Ended.LOST]


@pytest.mark.parametrize("serial", ["FT-0002", "FT-9999"])
def test_a_token_that_is_not_on_its_way_for_the_order_is_not_found_B5(
    undelivered: Undelivered, order: Order, serial: str
) -> None:
    with pytest.raises(NotFound):
        undelivered.lost(order.number, serial, by=OPERATOR)


def test_a_token_that_somebody_registers_meanwhile_stays_D1(
    order_world: OrderWorld, undelivered: Undelivered, order: Order, client: Meddler
) -> None:
    def registered(operation: Any, request: Any) -> Any:
        seen = token(order_world)
        write = assign_token(seen, "CREDENTIAL#acc_ada#crd_1")
        order_world.base.transactions.commit(write, audit=[entry(order_world, seen)])
        return operation(**request)

    client.next("transact_write_items", registered)
    with pytest.raises(TokenNotAvailable, match="is or was registered"):
        undelivered.lost(order.number, "FT-0001", by=OPERATOR)
    assert token(order_world).state == TokenState.ASSIGNED
    assert order_world.service.get(order.number).is_shipped(0)


def entry(order_world: OrderWorld, seen: Stored) -> Entry:
    return Entry(
        action="token.assigned",
        actor=OPERATOR,
        at=order_world.clock(),
        subject=seen.subject.id,
    )
