"""Colleagues are told of the tokens that were bought for them, and of no others (B2, B5)."""

from __future__ import annotations

from datetime import date

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.order import Order
from keyfob.storage.orders.stock import moved
from keyfob.usecases.orders.pricing import Item
from keyfob.wiring.operations import shipping_of, stocktaking_of, undelivered_of
from keyfob.wiring.orders import reissuing_of, supplying_of
from tests.support.order_world import OPERATOR, SYSTEM, OrderWorld
from tests.support.tokens import PLENTY, stock

TOKEN = "hardware-token"


def bought(world: OrderWorld, purchaser: Account, *holders: Account | None) -> Order:
    """A paid order of one token for each of these people; None: for anybody."""
    items = tuple(Item(product=TOKEN, holder=one.id if one else None) for one in holders)
    return world.paid(purchaser, items=items)


def told(world: OrderWorld, kind: Kind) -> dict[str, dict[str, object]]:
    """The facts of each message of this kind, by its recipient."""
    rows = [one for one in world.queued(pending=False) if one.kind == kind]
    return {str(one.recipient): dict(one.facts) for one in rows}


def mails(world: OrderWorld) -> list[str]:
    """Send what is queued; the subjects of all mails."""
    world.send_queued()
    return [str(one["Subject"]) for one in world.mail.sent]


@pytest.fixture
def empty(order_world: OrderWorld) -> OrderWorld:
    """No token is in stock."""
    order_world.database.write(moved(DEFAULT_MODEL, free=-PLENTY))
    return order_world


def test_each_holder_is_told_of_the_own_back_ordered_token_B2_B5(empty: OrderWorld) -> None:
    ada, bob, eve = (empty.person(first_name=one) for one in ("Ada", "Bob", "Eve"))
    bought(empty, ada, ada, bob, None, eve)
    assert told(empty, Kind.ORDER_BACK_ORDERED) == {ada.id: {"units": "0,1,2,3"}}
    assert told(empty, Kind.TOKEN_BACK_ORDERED) == {
        bob.id: {"units": "1"},
        eve.id: {"units": "3"},
    }
    assert mails(empty).count("Your hardware token is back-ordered") == 2


def test_holders_are_told_another_day_and_the_end_of_the_wait_B2_B5(empty: OrderWorld) -> None:
    ada, bob = (empty.person(first_name=one) for one in ("Ada", "Bob"))
    bought(empty, ada, bob)
    supplying, taking = supplying_of(empty.base), stocktaking_of(empty.base)
    taking.expect(DEFAULT_MODEL, date(2026, 12, 24), by=OPERATOR)
    supplying.serve(DEFAULT_MODEL, by=SYSTEM)
    rows = [one for one in empty.queued(pending=False) if one.kind == Kind.TOKEN_BACK_ORDERED]
    assert {one.recipient for one in rows} == {bob.id}
    assert sorted(one.facts.get("expected", "") for one in rows) == ["", "2026-12-24"]
    stock(empty.base.transactions, "FT-0001", now=empty.clock.now)
    supplying.serve(DEFAULT_MODEL, by=SYSTEM)
    assert told(empty, Kind.TOKEN_RESERVED) == {bob.id: {"units": "0"}}
    subjects = mails(empty)
    assert "A hardware token is reserved for you" in subjects
    assert "Your hardware token is back-ordered" not in subjects


@pytest.mark.parametrize("how", ["lost", "returned"])
def test_a_holder_is_told_that_the_token_did_not_arrive_B2_B5(
    order_world: OrderWorld, how: str
) -> None:
    world = order_world
    ada, bob = (world.person(first_name=one) for one in ("Ada", "Bob"))
    stock(world.base.transactions, "FT-0001", "FT-0002", now=world.clock.now)
    order = bought(world, ada, ada, bob)
    shipping, undelivered = shipping_of(world.base), undelivered_of(world.base)
    for unit, serial in enumerate(("FT-0001", "FT-0002")):
        shipping.mark(order.number, serial=serial, tracking="T", unit=unit, by=OPERATOR)
    for serial in ("FT-0001", "FT-0002"):
        if how == "lost":
            undelivered.lost(order.number, serial, by=OPERATOR)
        else:
            undelivered.returned(order.number, serial, usable=True, again=False, by=OPERATOR)
    [facts] = told(world, Kind.TOKEN_NOT_ARRIVED).values()
    assert list(told(world, Kind.TOKEN_NOT_ARRIVED)) == [bob.id]
    assert (facts["serial"], facts["how"]) == ("FT-0002", how)
    assert list(told(world, Kind.SHIPMENT_ENDED)) == [ada.id]
    subjects = mails(world)
    assert subjects.count("Your hardware token did not arrive") == 1
    assert subjects.count(f"Order {order.number}: a hardware token did not arrive") == 2


def test_the_account_that_a_unit_was_given_to_later_is_told_B2_B5(
    order_world: OrderWorld,
) -> None:
    world = order_world
    ada, bob, eve = (world.person(first_name=one) for one in ("Ada", "Bob", "Eve"))
    stock(world.base.transactions, "FT-0001", now=world.clock.now)
    order = bought(world, ada, bob)
    reissuing_of(world.base).reissue(order.number, 0, OPERATOR, to=eve)
    shipping_of(world.base).mark(order.number, serial="FT-0001", tracking="T", unit=0, by=OPERATOR)
    undelivered_of(world.base).lost(order.number, "FT-0001", by=OPERATOR)
    assert list(told(world, Kind.TOKEN_NOT_ARRIVED)) == [eve.id]
